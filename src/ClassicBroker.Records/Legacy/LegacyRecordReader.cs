namespace ClassicBroker.Records;

/// <summary>
/// Reads the records of one entry of format 0 or 1: the message itself, or what is inside a compressed wrapper. Part of
/// <see cref="RecordReader"/>, which owns and disposes it.
/// </summary>
internal ref struct LegacyRecordReader
{
    private readonly byte _magic;
    private readonly PooledBuffer? _inflated;
    private readonly long _absoluteBaseOffset;
    private readonly bool _isLogAppendTime;
    private readonly long _wrapperTimestamp;
    private BatchIterator _entries;

    public LegacyRecordReader(ReadOnlySpan<byte> entry, int decompressedBytesMax)
    {
        var outer = new LegacyMessage(entry);
        _magic = outer.Magic;
        if (!outer.IsCompressed)
        {
            _entries = new BatchIterator(entry[..outer.SizeInBytes]);
            return;
        }

        if (outer.Codec == CompressionCodec.Zstd)
        {
            throw new CodecUnavailableException(outer.Codec, $"ZStandard compression is not supported for magic {_magic}.");
        }

        if (outer.Value.IsNull)
        {
            throw new InvalidRecordException($"Found invalid compressed record set with null value (magic = {_magic}).");
        }

        _isLogAppendTime = outer.TimestampType == TimestampType.LogAppendTime;
        _wrapperTimestamp = outer.Timestamp;
        _inflated = Inflate(outer, decompressedBytesMax);
        try
        {
            _absoluteBaseOffset = AbsoluteBaseOffset(outer.Offset, LastInnerOffset(_inflated.Span));
        }
        catch (RecordsException)
        {
            _inflated.Dispose();
            throw;
        }

        _entries = new BatchIterator(_inflated.Span);
    }

    public LegacyMessage Message { get; private set; }

    public long Offset { get; private set; }

    public readonly long Timestamp => _isLogAppendTime ? _wrapperTimestamp : Message.Timestamp;

    public readonly TimestampType TimestampType => _isLogAppendTime ? TimestampType.LogAppendTime : Message.TimestampType;

    public bool MoveNext()
    {
        if (!_entries.MoveNext())
        {
            return false;
        }

        Message = new LegacyMessage(_entries.CurrentBytes);
        Offset = _inflated is not null && _magic == RecordFormat.MagicV1 ? _absoluteBaseOffset + Message.Offset : Message.Offset;
        return true;
    }

    public readonly void Dispose() => _inflated?.Dispose();

    private static PooledBuffer Inflate(LegacyMessage outer, int decompressedBytesMax)
    {
        var inflated = new PooledBuffer();
        try
        {
            Codecs.Decompress(outer.Codec, outer.Magic, outer.Value.Span, decompressedBytesMax, inflated);
            return inflated;
        }
        catch (RecordsException)
        {
            inflated.Dispose();
            throw;
        }
    }

    private readonly long LastInnerOffset(ReadOnlySpan<byte> inner)
    {
        long? last = null;
        foreach (var message in new BatchIterator(inner))
        {
            if (message.Magic != _magic)
            {
                throw new InvalidRecordException(
                    $"Compressed message magic {message.Magic} does not match wrapper magic {_magic}.");
            }

            if (message.IsCompressed)
            {
                throw new InvalidRecordException("Inner messages of a compressed message must not be compressed themselves.");
            }

            last = message.LastOffset;
        }

        return last ?? throw new InvalidRecordException("Found invalid compressed record set which contains no inner records.");
    }

    /// <summary>
    /// What the relative offsets of format 1 count from (KIP-31). A wrapper offset of 0 is one no broker has assigned yet: some producers
    /// leave it so.
    /// </summary>
    private readonly long AbsoluteBaseOffset(long wrapperOffset, long lastInnerOffset)
    {
        if (_magic == RecordFormat.MagicV0 || wrapperOffset == 0)
        {
            return 0;
        }

        return wrapperOffset >= lastInnerOffset
            ? wrapperOffset - lastInnerOffset
            : throw new InvalidRecordException(
                $"Found invalid wrapper offset in compressed v1 message set: {wrapperOffset} is less than the last inner offset "
                + $"{lastInnerOffset}.");
    }
}
