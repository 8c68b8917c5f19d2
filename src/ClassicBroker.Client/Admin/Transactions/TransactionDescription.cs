using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A transactional id in full. Immutable.</summary>
/// <param name="Coordinator">The broker that coordinates it.</param>
/// <param name="ProducerId">The producer id it has now.</param>
/// <param name="ProducerEpoch">The epoch it has now.</param>
/// <param name="State">Its state, such as <c>Ongoing</c>.</param>
/// <param name="TimeoutMs">How long a transaction of it may be open.</param>
/// <param name="StartMs">When its last transaction began; null where there was none.</param>
/// <param name="Partitions">What the transaction holds.</param>
public sealed record TransactionDescription(
    int Coordinator,
    long ProducerId,
    short ProducerEpoch,
    string State,
    int TimeoutMs,
    long? StartMs,
    IReadOnlyList<TopicPartition> Partitions);
