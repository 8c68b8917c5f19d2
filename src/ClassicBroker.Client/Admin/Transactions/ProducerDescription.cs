namespace ClassicBroker.Client;

/// <summary>A producer as a partition knows it. Immutable.</summary>
public sealed record ProducerDescription
{
    public required long ProducerId { get; init; }

    public required int ProducerEpoch { get; init; }

    /// <summary>The epoch of the coordinator whose marker came last; -1 where none came.</summary>
    public required int CoordinatorEpoch { get; init; }

    /// <summary>The sequence of its last record; -1 where none is known.</summary>
    public required int LastSequence { get; init; }

    /// <summary>The timestamp of what it wrote last.</summary>
    public required long LastTimestampMs { get; init; }

    /// <summary>Where its open transaction began; null where it has none.</summary>
    public required long? TransactionStartOffset { get; init; }
}
