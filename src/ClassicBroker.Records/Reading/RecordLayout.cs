using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>Where the fields of one v2 record lie in its body, that is behind its length. Checked once, then only sliced.</summary>
/// <remarks>
/// <code>
/// length          varint   bytes after this field
/// attributes      int8     unused
/// timestampDelta  varlong  from the batch's base timestamp
/// offsetDelta     varint   from the batch's base offset
/// keyLength       varint   -1 null
/// key
/// valueLength     varint   -1 null: a tombstone
/// value
/// headerCount     varint
/// headers                  (keyLength varint, key, valueLength varint or -1, value)*
/// </code>
/// </remarks>
internal readonly struct RecordLayout
{
    /// <summary>The least a record's length can be: no key, no value, no headers.</summary>
    public const int LeastLength = 6;

    public long TimestampDelta { get; private init; }

    public int OffsetDelta { get; private init; }

    public int KeyStart { get; private init; }

    public int KeyLength { get; private init; }

    public int ValueStart { get; private init; }

    public int ValueLength { get; private init; }

    public int HeaderCount { get; private init; }

    public int HeadersStart { get; private init; }

    /// <exception cref="InvalidRecordException">The fields do not fill <paramref name="body"/> exactly, or a length is
    /// impossible.</exception>
    public static RecordLayout Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length < LeastLength)
        {
            ThrowInvalid($"Found invalid record size {body.Length}.");
        }

        var position = 1;
        var timestampDelta = ReadVarlong(body, ref position);
        var offsetDelta = ReadVarint(body, ref position);
        var keyLength = ReadVarint(body, ref position);
        var keyStart = position;
        Skip(body, ref position, keyLength);
        var valueLength = ReadVarint(body, ref position);
        var valueStart = position;
        Skip(body, ref position, valueLength);
        var headerCount = ReadVarint(body, ref position);
        var headersStart = position;
        if (headerCount != 0)
        {
            SkipHeaders(body, ref position, headerCount);
        }

        if (position != body.Length)
        {
            ThrowInvalid($"Invalid record size: expected to read {body.Length} bytes in record payload, but instead read {position}.");
        }

        return new RecordLayout
        {
            TimestampDelta = timestampDelta,
            OffsetDelta = offsetDelta,
            KeyStart = keyStart,
            KeyLength = keyLength,
            ValueStart = valueStart,
            ValueLength = valueLength,
            HeaderCount = headerCount,
            HeadersStart = headersStart,
        };
    }

    public NullableBytes Key(ReadOnlySpan<byte> body) => KeyLength < 0 ? NullableBytes.Null : body.Slice(KeyStart, KeyLength);

    public NullableBytes Value(ReadOnlySpan<byte> body) => ValueLength < 0 ? NullableBytes.Null : body.Slice(ValueStart, ValueLength);

    public RecordHeaders Headers(ReadOnlySpan<byte> body) => new(HeaderCount, body[HeadersStart..]);

    private static void SkipHeaders(ReadOnlySpan<byte> body, ref int position, int count)
    {
        // A header takes two bytes at least, so that a lying count ends here and not in a loop of two thousand million steps.
        if (count < 0 || count > (body.Length - position) / 2)
        {
            ThrowInvalid($"Found invalid number of record headers {count}.");
        }

        for (var i = 0; i < count; i++)
        {
            var keyLength = ReadVarint(body, ref position);
            if (keyLength < 0)
            {
                ThrowInvalid($"Invalid negative header key size {keyLength}.");
            }

            Skip(body, ref position, keyLength);
            Skip(body, ref position, ReadVarint(body, ref position));
        }
    }

    /// <summary>Passes a field of <paramref name="length"/> bytes; -1 is null and takes none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Skip(ReadOnlySpan<byte> body, ref int position, int length)
    {
        if (length < -1 || length > body.Length - position)
        {
            ThrowInvalid($"Found a field of {length} bytes where {body.Length - position} are left in the record.");
        }

        position += Math.Max(length, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadVarint(ReadOnlySpan<byte> body, ref int position)
    {
        if ((uint)position < (uint)body.Length && body[position] <= 0x7F)
        {
            var raw = body[position++];
            return (raw >> 1) ^ -(raw & 1);
        }

        if (!Varint.TryRead(body[position..], out int value, out var length))
        {
            ThrowInvalid("A varint of a record is truncated or longer than 5 bytes.");
        }

        position += length;
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long ReadVarlong(ReadOnlySpan<byte> body, ref int position)
    {
        if ((uint)position < (uint)body.Length && body[position] <= 0x7F)
        {
            var raw = body[position++];
            return (raw >> 1) ^ -(raw & 1);
        }

        if (!Varint.TryRead(body[position..], out long value, out var length))
        {
            ThrowInvalid("A varlong of a record is truncated or longer than 10 bytes.");
        }

        position += length;
        return value;
    }

    [DoesNotReturn]
    private static void ThrowInvalid(string message) => throw new InvalidRecordException(message);
}
