using ClassicBroker.Metadata;

namespace ClassicBroker.Replication.Partitions;

/// <summary>An ISR a leader wants committed.</summary>
/// <param name="Partition">Where; with the topic's id where it has one.</param>
/// <param name="State">The leadership as it is, with the new ISR and the partition epoch the change builds on.</param>
/// <param name="IsrBrokerEpochs">The incarnation of each member of the ISR as it last fetched (KIP-903), -1 where unknown.</param>
/// <param name="ControllerEpoch">The controller that appointed this leader.</param>
public sealed record IsrChange(
    TopicIdPartition Partition,
    LeaderAndIsr State,
    IReadOnlyList<long> IsrBrokerEpochs,
    int ControllerEpoch);
