namespace ClassicBroker.Storage;

/// <summary>A producer as DescribeProducers shows it (KIP-664).</summary>
public readonly record struct ActiveProducer(
    long ProducerId,
    short ProducerEpoch,
    int LastSequence,
    long LastTimestamp,
    int CoordinatorEpoch,
    long CurrentTxnStartOffset);
