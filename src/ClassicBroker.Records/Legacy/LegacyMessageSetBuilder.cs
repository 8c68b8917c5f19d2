namespace ClassicBroker.Records;

/// <summary>
/// Builds message sets of format 0 or 1: plain messages, or one wrapper around all of them where there is a codec. What
/// <see cref="Build"/> returns belongs to the builder and lives until <see cref="Reset"/> or <see cref="Dispose"/>.
/// Threading: one owner, no locking.
/// </summary>
public sealed class LegacyMessageSetBuilder : IDisposable
{
    private readonly PooledBuffer _plain;
    private PooledBuffer? _packed;
    private PooledBuffer? _wrapper;
    private long _firstOffset;
    private long _offsetOfMaxTimestamp = RecordFormat.NoOffset;

    public LegacyMessageSetBuilder(byte magic, Compression compression = default, int initialCapacity = 16 * 1024)
    {
        if (magic > RecordFormat.MagicV1)
        {
            throw new ArgumentOutOfRangeException(nameof(magic), magic, "Message sets have format 0 or 1.");
        }

        if (compression.Codec == CompressionCodec.Zstd)
        {
            throw new CodecUnavailableException(compression.Codec, $"ZStandard compression is not supported for magic {magic}.");
        }

        Magic = magic;
        Compression = compression;
        _plain = new PooledBuffer(initialCapacity);
    }

    public byte Magic { get; }

    public Compression Compression { get; }

    /// <summary>When the leader takes the records; set, it replaces every record's own timestamp. Format 1 only.</summary>
    public long? LogAppendTimeMs { get; set; }

    public int RecordCount { get; private set; }

    public bool IsEmpty => RecordCount == 0;

    public long LastOffset { get; private set; } = RecordFormat.NoOffset;

    public long MaxTimestamp { get; private set; } = RecordFormat.NoTimestamp;

    /// <summary>Offset of the entry that holds the largest timestamp; -1 where there is none.</summary>
    public long ShallowOffsetOfMaxTimestamp =>
        IsCompressed && _offsetOfMaxTimestamp != RecordFormat.NoOffset ? LastOffset : _offsetOfMaxTimestamp;

    /// <summary>Bytes so far, not compressed.</summary>
    public int PlainSizeInBytes => _plain.Length;

    private bool IsCompressed => Compression.Codec != CompressionCodec.None;

    private byte TimestampBit => (byte)(LogAppendTimeMs is null || Magic == RecordFormat.MagicV0 ? 0 : RecordBatchAttributes.LogAppendTime);

    /// <param name="offset">The record's absolute offset; inside a wrapper of format 1 it is stored relative to the first (KIP-31).</param>
    /// <param name="timestamp">Not stored by format 0.</param>
    /// <param name="key">May be null.</param>
    /// <param name="value">May be null.</param>
    public void AppendAt(long offset, long timestamp, NullableBytes key, NullableBytes value)
    {
        if (RecordCount++ == 0)
        {
            _firstOffset = offset;
        }

        timestamp = Magic == RecordFormat.MagicV0 ? RecordFormat.NoTimestamp : LogAppendTimeMs ?? timestamp;
        LastOffset = offset;
        if (timestamp > MaxTimestamp)
        {
            MaxTimestamp = timestamp;
            _offsetOfMaxTimestamp = offset;
        }

        var storedOffset = IsCompressed && Magic == RecordFormat.MagicV1 ? offset - _firstOffset : offset;
        var room = _plain.GetSpan(LegacyMessage.SizeOf(Magic, key.Length, value.Length));
        _plain.Advance(LegacyMessage.Write(room, Magic, TimestampBit, storedOffset, timestamp, key, value));
    }

    /// <summary>The finished set; empty where nothing was appended.</summary>
    public Memory<byte> Build()
    {
        if (!IsCompressed || IsEmpty)
        {
            return _plain.Memory;
        }

        _packed ??= new PooledBuffer();
        _packed.Truncate(0);
        Codecs.Compress(Compression, Magic, _plain.Span, _packed);
        _wrapper ??= new PooledBuffer();
        _wrapper.Truncate(0);
        var attributes = (byte)((byte)Compression.Codec | TimestampBit);
        var room = _wrapper.GetSpan(LegacyMessage.SizeOf(Magic, 0, _packed.Length));
        _wrapper.Advance(LegacyMessage.Write(room, Magic, attributes, LastOffset, MaxTimestamp, NullableBytes.Null, _packed.Span));
        return _wrapper.Memory;
    }

    /// <summary>Forgets the records; the memory stays for the next set.</summary>
    public void Reset()
    {
        _plain.Truncate(0);
        RecordCount = 0;
        LogAppendTimeMs = null;
        LastOffset = RecordFormat.NoOffset;
        MaxTimestamp = RecordFormat.NoTimestamp;
        _offsetOfMaxTimestamp = RecordFormat.NoOffset;
    }

    public void Dispose()
    {
        _plain.Dispose();
        _packed?.Dispose();
        _wrapper?.Dispose();
    }
}
