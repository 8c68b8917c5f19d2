namespace ClassicBroker.Records;

/// <summary>
/// Records as they came for one partition, with the header of their first batch, which is read once for all who ask. The bytes belong to
/// the caller.
/// </summary>
public readonly struct RecordSet
{
    private readonly BatchHeader _first;

    private RecordSet(Memory<byte> bytes, bool hasBatch, in BatchHeader first) => (Bytes, HasBatch, _first) = (bytes, hasBatch, first);

    public Memory<byte> Bytes { get; }

    /// <summary>Is there a whole batch?</summary>
    public bool HasBatch { get; }

    /// <summary>The first batch; only where <see cref="HasBatch"/>.</summary>
    public BatchHeader First => _first;

    /// <summary>Are there bytes behind the first batch: another one, or a piece of one?</summary>
    public bool HasMore => HasBatch && _first.SizeInBytes < Bytes.Length;

    /// <exception cref="CorruptRecordException">The first bytes cannot be those of a batch.</exception>
    public static RecordSet Open(Memory<byte> bytes)
    {
        var isWhole = BatchHeader.TryRead(bytes.Span, 0, out var first) && first.SizeInBytes <= bytes.Length;
        return new(bytes, isWhole, isWhole ? first : default);
    }
}
