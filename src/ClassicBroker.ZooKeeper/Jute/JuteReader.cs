using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>
/// Reads values in jute, ZooKeeper's serialisation: big-endian numbers, and buffers, strings and vectors behind a four-byte count in which
/// -1 stands for null. Anything else than that throws <see cref="MalformedDataException"/>; nothing is allocated for a count before the
/// bytes
/// it promises are there.
/// </summary>
public ref struct JuteReader(ReadOnlySpan<byte> source)
{
    private SpanReader _reader = new(source);

    public readonly int Remaining => _reader.Remaining;

    /// <summary>Bytes consumed so far.</summary>
    public readonly int Position => _reader.Position;

    public bool ReadBool() => _reader.ReadByte() != 0;

    public byte ReadByte() => _reader.ReadByte();

    public int ReadInt() => _reader.ReadInt32();

    public long ReadLong() => _reader.ReadInt64();

    public string? ReadNullableString()
    {
        var length = ReadCount(1);
        return length < 0 ? null : Decode(_reader.Take(length));
    }

    public string ReadString() => ReadNullableString() ?? throw new MalformedDataException("null where a string must be");

    /// <summary>A buffer, not copied; null reads as empty.</summary>
    public ReadOnlySpan<byte> ReadBuffer()
    {
        var length = ReadCount(1);
        return length < 0 ? [] : _reader.Take(length);
    }

    /// <summary>A buffer, copied, or null.</summary>
    public byte[]? ReadNullableBytes()
    {
        var length = ReadCount(1);
        return length < 0 ? null : _reader.Take(length).ToArray();
    }

    /// <summary>
    /// The count of a vector whose elements take at least <paramref name="elementSizeMin"/> bytes each; null counts as none.
    /// </summary>
    public int ReadVectorCount(int elementSizeMin) => Math.Max(0, ReadCount(elementSizeMin));

    public string[] ReadStrings()
    {
        var strings = new string[ReadVectorCount(sizeof(int))];
        for (var i = 0; i < strings.Length; i++)
        {
            strings[i] = ReadString();
        }

        return strings;
    }

    public ZnodeAcl[] ReadAcl()
    {
        var acl = new ZnodeAcl[ReadVectorCount(3 * sizeof(int))];
        for (var i = 0; i < acl.Length; i++)
        {
            var permissions = (ZnodePermissions)ReadInt();
            acl[i] = new ZnodeAcl(permissions, ReadNullableString() ?? "", ReadNullableString() ?? "");
        }

        return acl;
    }

    public ZnodeStat ReadStat() => new(
        Czxid: ReadLong(),
        Mzxid: ReadLong(),
        CtimeMs: ReadLong(),
        MtimeMs: ReadLong(),
        Version: ReadInt(),
        Cversion: ReadInt(),
        Aversion: ReadInt(),
        EphemeralOwner: ReadLong(),
        DataLength: ReadInt(),
        ChildCount: ReadInt(),
        Pzxid: ReadLong());

    /// <summary>The next bytes as they are, not copied.</summary>
    public ReadOnlySpan<byte> Take(int count) => _reader.Take(count);

    private int ReadCount(int elementSizeMin)
    {
        var count = _reader.ReadInt32();
        if (count < -1 || (long)count * elementSizeMin > _reader.Remaining)
        {
            throw new MalformedDataException($"count {count} where {_reader.Remaining} bytes are left");
        }

        return count;
    }

    private static string Decode(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
