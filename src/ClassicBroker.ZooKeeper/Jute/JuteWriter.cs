using System.Buffers.Binary;
using System.Text;

namespace ClassicBroker.ZooKeeper.Jute;

/// <summary>
/// Writes values in jute (see <see cref="JuteReader"/>) into a buffer of its own that grows and is used again after <see cref="Reset"/>.
/// Threading: belongs to its maker, one thread at a time.
/// </summary>
public sealed class JuteWriter
{
    private const int SizeInitial = 512;
    private const int SizeKept = 64 * 1024;
    private byte[] _buffer = new byte[SizeInitial];

    /// <summary>Bytes written since the last <see cref="Reset"/>.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Empties the writer, and lets go of an unusually large buffer.</summary>
    public void Reset()
    {
        Length = 0;
        if (_buffer.Length > SizeKept)
        {
            _buffer = new byte[SizeInitial];
        }
    }

    public void WriteBool(bool value) => Next(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteByte(byte value) => Next(1)[0] = value;

    public void WriteInt(int value) => BinaryPrimitives.WriteInt32BigEndian(Next(sizeof(int)), value);

    public void WriteLong(long value) => BinaryPrimitives.WriteInt64BigEndian(Next(sizeof(long)), value);

    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteInt(-1);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        WriteInt(length);
        Encoding.UTF8.GetBytes(value, Next(length));
    }

    public void WriteBuffer(ReadOnlySpan<byte> value)
    {
        WriteInt(value.Length);
        WriteRaw(value);
    }

    /// <summary>A buffer that may be null, which jute tells from empty.</summary>
    public void WriteNullableBuffer(byte[]? value)
    {
        if (value is null)
        {
            WriteInt(-1);
            return;
        }

        WriteBuffer(value);
    }

    /// <inheritdoc cref="WriteNullableBuffer(byte[])"/>
    public void WriteNullableBuffer(ReadOnlyMemory<byte>? value)
    {
        if (value is { } present)
        {
            WriteBuffer(present.Span);
        }
        else
        {
            WriteInt(-1);
        }
    }

    public void WriteStrings(IReadOnlyCollection<string> values)
    {
        WriteInt(values.Count);
        foreach (var value in values)
        {
            WriteString(value);
        }
    }

    public void WriteAcl(IReadOnlyList<ZnodeAcl> acl)
    {
        WriteInt(acl.Count);
        foreach (var entry in acl)
        {
            WriteInt((int)entry.Permissions);
            WriteString(entry.Scheme);
            WriteString(entry.Id);
        }
    }

    public void WriteStat(in ZnodeStat stat)
    {
        WriteLong(stat.Czxid);
        WriteLong(stat.Mzxid);
        WriteLong(stat.CtimeMs);
        WriteLong(stat.MtimeMs);
        WriteInt(stat.Version);
        WriteInt(stat.Cversion);
        WriteInt(stat.Aversion);
        WriteLong(stat.EphemeralOwner);
        WriteInt(stat.DataLength);
        WriteInt(stat.ChildCount);
        WriteLong(stat.Pzxid);
    }

    /// <summary>Bytes without a count.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => value.CopyTo(Next(value.Length));

    /// <summary>Leaves room for a count that is known only later; <see cref="EndCounted"/> fills it in.</summary>
    public int BeginCounted()
    {
        var start = Length;
        WriteInt(0);
        return start;
    }

    /// <summary>Fills in the bytes written since the <see cref="BeginCounted"/> that returned <paramref name="start"/>.</summary>
    public void EndCounted(int start) => PatchInt(start, Length - start - sizeof(int));

    /// <summary>Overwrites an int written earlier.</summary>
    public void PatchInt(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position, sizeof(int)), value);

    private Span<byte> Next(int count)
    {
        var needed = checked(Length + count);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(needed, (int)Math.Min(2L * _buffer.Length, Array.MaxLength)));
        }

        var slice = _buffer.AsSpan(Length, count);
        Length = needed;
        return slice;
    }
}
