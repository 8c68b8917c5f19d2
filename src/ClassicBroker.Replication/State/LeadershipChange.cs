using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Replication.State;

/// <summary>One partition of a LeaderAndIsr request, whatever its version, and what became of it. Owned by the request.</summary>
internal sealed class LeadershipChange
{
    public required TopicPartition Partition { get; init; }

    /// <summary>Zero where the cluster has no topic ids.</summary>
    public required Uuid TopicId { get; init; }

    public required PartitionAssignment Assignment { get; init; }

    /// <summary>That of the registration it is meant for; where the request does not say, of the one that stands.</summary>
    public required long BrokerEpoch { get; init; }

    /// <summary>Is the request known to be meant for this registration of the broker (KIP-380)? Those of before 2.2 do not say.</summary>
    public required bool NamesBrokerEpoch { get; init; }

    public ErrorCode Error { get; set; }

    public static LeadershipChange Of(
        string topic,
        Uuid topicId,
        LeaderAndIsrRequest.LeaderAndIsrPartitionState state,
        long brokerEpoch,
        bool namesBrokerEpoch) =>
        new()
        {
            Partition = new TopicPartition(topic, state.PartitionIndex),
            TopicId = topicId,
            BrokerEpoch = brokerEpoch,
            NamesBrokerEpoch = namesBrokerEpoch,
            Assignment = new PartitionAssignment
            {
                ControllerEpoch = state.ControllerEpoch,
                Leader = state.Leader,
                LeaderEpoch = state.LeaderEpoch,
                PartitionEpoch = state.PartitionEpoch,
                Isr = state.Isr,
                Replicas = state.Replicas,
                AddingReplicas = state.AddingReplicas,
                RemovingReplicas = state.RemovingReplicas,
                RecoveryState = (LeaderRecoveryState)state.LeaderRecoveryState,
                IsNew = state.IsNew,
            },
        };
}
