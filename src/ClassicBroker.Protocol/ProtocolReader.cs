using System.Diagnostics.CodeAnalysis;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// Reads messages out of one frame and never past it. Whatever allocates is charged to a budget first, in proportion to the frame,
/// and counts are held against the bytes that are left: no short frame can ask for much memory. Records are slices of the frame.
/// </summary>
public ref struct ProtocolReader
{
    /// <summary>What parsing may allocate beyond <see cref="BudgetPerByte"/> times the frame.</summary>
    public const int BudgetSlack = 64 * 1024;

    /// <summary>Strings double on their way from UTF-8 to UTF-16.</summary>
    public const int BudgetPerByte = 2;

    /// <summary>The most tagged fields one structure may have.</summary>
    public const int MaxTags = 256;

    private const int ArrayHeader = 24;
    private const int StringHeader = 22;

    private readonly Memory<byte> _frame;
    private readonly NameTable? _names;
    private SpanReader _reader;
    private long _budget;

    /// <param name="frame">The bytes; records that are read stay slices of them.</param>
    /// <param name="budgetSlack">Allowed beyond the share of the frame; more where the peer is trusted.</param>
    public ProtocolReader(Memory<byte> frame, long budgetSlack = BudgetSlack)
    {
        _frame = frame;
        _reader = new(frame.Span);
        _budget = ((long)BudgetPerByte * frame.Length) + budgetSlack;
    }

    /// <summary>Reads bytes whose strings have mostly been seen before, and are those of <paramref name="names"/>.</summary>
    public ProtocolReader(Memory<byte> frame, NameTable names)
        : this(frame) => _names = names;

    /// <summary>Bytes consumed so far.</summary>
    public readonly int Position => _reader.Position;

    public readonly int Remaining => _reader.Remaining;

    public bool ReadBool() => _reader.ReadByte() != 0;

    public sbyte ReadInt8() => _reader.ReadInt8();

    public short ReadInt16() => _reader.ReadInt16();

    public int ReadInt32() => _reader.ReadInt32();

    public long ReadInt64() => _reader.ReadInt64();

    public double ReadFloat64() => _reader.ReadFloat64();

    public Uuid ReadUuid() => Uuid.Read(_reader.Take(Uuid.Size));

    public string ReadString(bool flexible) => ReadNullableString(flexible) ?? Malformed<string>("null where a string must be");

    public string? ReadNullableString(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt16();
        if (length <= 0)
        {
            return length == 0 ? "" : null;
        }

        if (length > ProtocolSize.MaxStringLength)
        {
            ThrowMalformed($"a string of {length} bytes is longer than the {ProtocolSize.MaxStringLength} the protocol allows");
        }

        var bytes = _reader.Take(length);
        Charge(Aligned(StringHeader + (2L * length)));
        return _names is null ? Encoding.UTF8.GetString(bytes) : _names.Find(bytes);
    }

    public byte[] ReadBytes(bool flexible) => ReadNullableBytes(flexible) ?? Malformed<byte[]>("null where bytes must be");

    public byte[]? ReadNullableBytes(bool flexible)
    {
        var length = ReadLength(flexible);
        if (length <= 0)
        {
            return length < 0 ? null : [];
        }

        var bytes = _reader.Take(length);
        Charge(Aligned(ArrayHeader + (long)length));
        return bytes.ToArray();
    }

    public RecordsPayload ReadRecords(bool flexible)
    {
        var length = ReadLength(flexible);
        if (length < 0)
        {
            return RecordsPayload.Null;
        }

        var start = Position;
        _reader.Take(length);
        return new(_frame.Slice(start, length));
    }

    /// <summary>
    /// Reads the count of an array, -1 for null, and charges for it. An element takes at least <paramref name="elementSize"/> bytes
    /// of the frame, and <paramref name="elementCost"/> of the heap, its place in the array included.
    /// </summary>
    public int ReadArrayCount(bool flexible, bool nullable, int elementSize, int elementCost)
    {
        var count = ReadLength(flexible);
        if (count <= 0)
        {
            return count == 0 || nullable ? count : Malformed<int>("null where an array must be");
        }

        if (count > Remaining / elementSize)
        {
            ThrowMalformed($"an array of {count} where {Remaining} bytes are left");
        }

        Charge(Aligned(ArrayHeader + ((long)count * elementCost)));
        return count;
    }

    /// <summary>Takes bytes of heap from the budget, before they are allocated.</summary>
    public void Charge(long bytes)
    {
        _budget -= bytes;
        if (_budget < 0)
        {
            ThrowMalformed("the message would take more memory than its size allows");
        }
    }

    public int ReadTagCount()
    {
        var count = _reader.ReadUnsignedVarint();
        return count <= MaxTags ? (int)count : Malformed<int>($"{count} tagged fields where {MaxTags} are allowed");
    }

    /// <summary>Reads the tag and the size of a tagged field.</summary>
    /// <param name="end">The position after its value.</param>
    public uint ReadTag(out int end)
    {
        var tag = _reader.ReadUnsignedVarint();
        var size = _reader.ReadUnsignedVarint();
        if (size > Remaining)
        {
            ThrowMalformed($"a tagged field of {size} bytes where {Remaining} are left");
        }

        end = Position + (int)size;
        return tag;
    }

    /// <summary>Skips a whole section of tagged fields, none of them known.</summary>
    public void SkipTags()
    {
        for (var count = ReadTagCount(); count > 0; count--)
        {
            ReadTag(out var end);
            SkipTo(end);
        }
    }

    public void SkipTo(int end) => _reader.Take(end - Position);

    /// <summary>After the value of a tagged field: it must have ended where its size said.</summary>
    public readonly void RequireAt(int end)
    {
        if (Position != end)
        {
            ThrowMalformed("a tagged field does not end where its size says");
        }
    }

    /// <summary>After the last field of a message: nothing may be left.</summary>
    public readonly void RequireEnd()
    {
        if (Remaining != 0)
        {
            ThrowMalformed($"{Remaining} bytes are left after the message");
        }
    }

    private static long Aligned(long bytes) => (bytes + 7) & ~7;

    /// <summary>Kafka takes every length below zero for the one that stands for null.</summary>
    private int ReadLength(bool flexible) => Math.Max(flexible ? ReadCompactLength() : ReadInt32(), -1);

    private int ReadCompactLength()
    {
        var length = _reader.ReadUnsignedVarint();
        return length <= int.MaxValue ? (int)length - 1 : Malformed<int>($"compact length {length}");
    }

    [DoesNotReturn]
    private static void ThrowMalformed(string reason) => throw new MalformedDataException(reason);

    [DoesNotReturn]
    private static T Malformed<T>(string reason) => throw new MalformedDataException(reason);
}
