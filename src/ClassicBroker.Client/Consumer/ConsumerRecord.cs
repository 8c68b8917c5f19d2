using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client;

/// <summary>A record as a consumer received it. Immutable.</summary>
public readonly record struct ConsumerRecord<TKey, TValue>
{
    /// <summary>Its topic.</summary>
    public required string Topic { get; init; }

    /// <summary>Its partition.</summary>
    public required int Partition { get; init; }

    /// <summary>Its place in the partition.</summary>
    public required long Offset { get; init; }

    /// <summary>Milliseconds since 1970; -1 where it has none.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>Whose clock the timestamp is of.</summary>
    public required TimestampType TimestampType { get; init; }

    /// <summary>Its key.</summary>
    public required TKey Key { get; init; }

    /// <summary>Its value.</summary>
    public required TValue Value { get; init; }

    /// <summary>Its headers, in order.</summary>
    public IReadOnlyList<RecordHeader> Headers { get; init; }

    /// <summary>Epoch of the leader that wrote it; -1 where unknown.</summary>
    public int LeaderEpoch { get; init; }

    /// <summary>Bytes of the key as it is stored; -1 for null.</summary>
    public int KeySize { get; init; }

    /// <summary>Bytes of the value as it is stored; -1 for null.</summary>
    public int ValueSize { get; init; }

    /// <summary>Topic and partition together.</summary>
    public TopicPartition TopicPartition => new(Topic, Partition);
}
