using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>A producer as a snapshot has it: its newest batch, and its open transaction. Immutable.</summary>
public readonly record struct ProducerSnapshotEntry
{
    public required long ProducerId { get; init; }

    public required short ProducerEpoch { get; init; }

    public required int LastSequence { get; init; }

    /// <summary>Of the newest batch; -1 where there is none.</summary>
    public required long LastOffset { get; init; }

    /// <summary>From the first offset of that batch to its last.</summary>
    public required int OffsetDelta { get; init; }

    public required long Timestamp { get; init; }

    /// <summary>Of the last transaction marker; -1 where there was none.</summary>
    public required int CoordinatorEpoch { get; init; }

    /// <summary>Where its open transaction began; -1 where it has none.</summary>
    public required long CurrentTxnFirstOffset { get; init; }

    /// <summary>What the log goes on from.</summary>
    internal ProducerEntry ToProducer()
    {
        var producer = new ProducerEntry(ProducerId);
        if (LastOffset != RecordFormat.NoOffset)
        {
            producer.AddBatch(ProducerEpoch, new(LastSequence, LastOffset, OffsetDelta, Timestamp));
        }

        producer.Restore(ProducerEpoch, CoordinatorEpoch, Timestamp, CurrentTxnFirstOffset);
        return producer;
    }
}
