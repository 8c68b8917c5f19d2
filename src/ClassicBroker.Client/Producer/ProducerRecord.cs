using ClassicBroker.Records;

namespace ClassicBroker.Client;

/// <summary>A record on its way to a topic. What is not set is chosen by the producer.</summary>
/// <param name="Topic">The topic it goes to.</param>
/// <param name="Key">Its key, which may be null.</param>
/// <param name="Value">Its value; null deletes the key from a compacted topic.</param>
public readonly record struct ProducerRecord<TKey, TValue>(string Topic, TKey Key, TValue Value)
{
    /// <summary>The partition; unset, the partitioner chooses.</summary>
    public int? Partition { get; init; }

    /// <summary>Milliseconds since 1970; unset, the time of sending.</summary>
    public long? TimestampMs { get; init; }

    /// <summary>Headers, in order; names may repeat.</summary>
    public IReadOnlyList<RecordHeader>? Headers { get; init; }
}
