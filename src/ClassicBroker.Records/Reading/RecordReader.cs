using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// Reads the records of one batch of any magic, in order. A compressed v2 batch is decompressed as it is read, through a window that
/// holds little more than one record; nothing is allocated per record. Its owner disposes it.
/// </summary>
/// <example><code>
/// using var reader = RecordReader.Open(batch);
/// while (reader.MoveNext()) { … reader.Offset … reader.Current.Key … }
/// </code></example>
public ref struct RecordReader : IDisposable
{
    private readonly RecordBatchHeader _header;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly bool _isLogAppendTime;
    private readonly RecordWindow? _inflated;
    private LegacyRecordReader _legacy;
    private ReadOnlySpan<byte> _plain;
    private ReadOnlySpan<byte> _body;
    private RecordLayout _layout;
    private int _left;
    private bool _hasCheckedEnd;

    private RecordReader(ReadOnlySpan<byte> batch, int decompressedBytesMax)
    {
        _header = new RecordBatchHeader(batch);
        if (_header.BatchLength < RecordBatchHeader.Size - RecordFormat.LogOverhead || _header.SizeInBytes > batch.Length)
        {
            throw new CorruptRecordException($"A batch says it has {_header.BatchLength} more bytes where {batch.Length} are there.");
        }

        Magic = RecordFormat.MagicV2;
        _baseOffset = _header.BaseOffset;
        _isLogAppendTime = _header.TimestampType == TimestampType.LogAppendTime;
        _baseTimestamp = _isLogAppendTime ? _header.MaxTimestamp : _header.BaseTimestamp;
        _left = _header.RecordCount;
        if (_left < 0)
        {
            throw new InvalidRecordException($"Found invalid record count {_left} in magic v2 batch.");
        }

        if (_header.Codec == CompressionCodec.None)
        {
            _plain = _header.Records;
        }
        else if (_left > 0)
        {
            _inflated = new RecordWindow(_header.Codec, decompressedBytesMax);
        }
    }

    private RecordReader(LegacyRecordReader legacy, byte magic)
    {
        Magic = magic;
        _legacy = legacy;
    }

    public byte Magic { get; }

    public readonly long Offset => Magic == RecordFormat.MagicV2 ? _baseOffset + _layout.OffsetDelta : _legacy.Offset;

    public readonly long Timestamp => Magic != RecordFormat.MagicV2
        ? _legacy.Timestamp
        : _isLogAppendTime ? _baseTimestamp : _baseTimestamp + _layout.TimestampDelta;

    public readonly bool HasKey => Magic == RecordFormat.MagicV2 ? _layout.KeyLength >= 0 : !_legacy.Message.Key.IsNull;

    public readonly bool HasValue => Magic == RecordFormat.MagicV2 ? _layout.ValueLength >= 0 : !_legacy.Message.Value.IsNull;

    /// <summary>Bytes of key and value together.</summary>
    public readonly int PayloadSize => Magic == RecordFormat.MagicV2
        ? Math.Max(_layout.KeyLength, 0) + Math.Max(_layout.ValueLength, 0)
        : _legacy.Message.Key.Length + _legacy.Message.Value.Length;

    public readonly TimestampType TimestampType => Magic != RecordFormat.MagicV2
        ? _legacy.TimestampType
        : _isLogAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public readonly Record Current => new()
    {
        Offset = Offset,
        Timestamp = Timestamp,
        TimestampType = TimestampType,
        Key = Magic == RecordFormat.MagicV2 ? _layout.Key(_body) : _legacy.Message.Key,
        Value = Magic == RecordFormat.MagicV2 ? _layout.Value(_body) : _legacy.Message.Value,
        Headers = Magic == RecordFormat.MagicV2 ? _layout.Headers(_body) : default,
    };

    /// <summary>The current message of a batch of format 0 or 1, whose own checksum validation looks at.</summary>
    public readonly LegacyMessage CurrentMessage => _legacy.Message;

    /// <param name="batch">The whole entry, from its offset field on; what follows is ignored.</param>
    /// <param name="decompressedBytesMax">Where decompression gives up.</param>
    /// <exception cref="RecordsException">The entry is broken, or its codec is not available.</exception>
    public static RecordReader Open(
        ReadOnlySpan<byte> batch, int decompressedBytesMax = RecordFormat.DefaultDecompressedBytesMax)
    {
        if (batch.Length < RecordFormat.PrefixSize)
        {
            throw new CorruptRecordException($"A batch is cut off after {batch.Length} bytes.");
        }

        var magic = batch[RecordFormat.MagicOffset];
        return magic switch
        {
            RecordFormat.MagicV2 => new RecordReader(batch, decompressedBytesMax),
            RecordFormat.MagicV0 or RecordFormat.MagicV1 => new RecordReader(new LegacyRecordReader(batch, decompressedBytesMax), magic),
            _ => throw new CorruptRecordException($"Invalid magic found in record: {(sbyte)magic}."),
        };
    }

    /// <summary>The reader itself, for <c>foreach</c>, which also disposes it.</summary>
    public readonly RecordReader GetEnumerator() => this;

    /// <exception cref="RecordsException">The next record is broken, or there are fewer or more than the batch says.</exception>
    public bool MoveNext()
    {
        if (Magic != RecordFormat.MagicV2)
        {
            return _legacy.MoveNext();
        }

        if (_left == 0)
        {
            CheckEnd();
            return false;
        }

        _left--;
        _body = _inflated is null ? TakePlain() : _inflated.TakeRecord(_header.Records);
        _layout = RecordLayout.Parse(_body);
        return true;
    }

    public readonly void Dispose()
    {
        _inflated?.Dispose();
        _legacy.Dispose();
    }

    private ReadOnlySpan<byte> TakePlain()
    {
        if (!Varint.TryRead(_plain, out int length, out var prefix) || length < 0 || length > _plain.Length - prefix)
        {
            ThrowPrematureEnd();
        }

        var body = _plain.Slice(prefix, length);
        _plain = _plain[(prefix + length)..];
        return body;
    }

    private void CheckEnd()
    {
        if (_hasCheckedEnd)
        {
            return;
        }

        _hasCheckedEnd = true;
        if (!_plain.IsEmpty || (_inflated is not null && !_inflated.IsAtEnd(_header.Records)))
        {
            throw new InvalidRecordException("Incorrect declared batch size, records still remaining in file.");
        }
    }

    [DoesNotReturn]
    private static void ThrowPrematureEnd() =>
        throw new InvalidRecordException("Incorrect declared batch size, premature EOF reached.");
}
