namespace ClassicBroker.Client;

/// <summary>Where a record was written.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset; -1 where the broker was not asked to acknowledge.</param>
/// <param name="TimestampMs">Its timestamp, milliseconds since 1970: the record's own, or the broker's where the topic takes that.</param>
public readonly record struct RecordMetadata(string Topic, int Partition, long Offset, long TimestampMs)
{
    /// <summary><c>topic-partition@offset</c>.</summary>
    public override string ToString() => $"{Topic}-{Partition}@{Offset}";
}
