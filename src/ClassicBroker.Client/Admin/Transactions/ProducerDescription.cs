namespace ClassicBroker.Client;

/// <summary>A producer as a partition knows it. Immutable.</summary>
/// <param name="ProducerId">Its id.</param>
/// <param name="ProducerEpoch">Its epoch.</param>
/// <param name="CoordinatorEpoch">The epoch of the coordinator whose marker came last; -1 where none came.</param>
/// <param name="LastSequence">The sequence of its last record; -1 where none is known.</param>
/// <param name="LastTimestampMs">The timestamp of what it wrote last.</param>
/// <param name="TransactionStartOffset">Where its open transaction began; null where it has none.</param>
public sealed record ProducerDescription(
    long ProducerId, int ProducerEpoch, int CoordinatorEpoch, int LastSequence, long LastTimestampMs, long? TransactionStartOffset);
