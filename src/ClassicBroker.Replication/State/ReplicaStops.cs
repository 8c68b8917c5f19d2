using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Replication.State;

/// <summary>Reads the three shapes a StopReplica request has had.</summary>
internal static class ReplicaStops
{
    public static IEnumerable<ReplicaStop> Of(StopReplicaRequest request)
    {
        foreach (var partition in request.UngroupedPartitions)
        {
            yield return Old(request, partition.TopicName, partition.PartitionIndex);
        }

        foreach (var topic in request.Topics)
        {
            foreach (var index in topic.PartitionIndexes)
            {
                yield return Old(request, topic.Name, index);
            }
        }

        foreach (var topic in request.TopicStates)
        {
            foreach (var state in topic.PartitionStates)
            {
                yield return new(new TopicPartition(topic.TopicName, state.PartitionIndex), state.LeaderEpoch, state.DeletePartition);
            }
        }
    }

    private static ReplicaStop Old(StopReplicaRequest request, string topic, int index) =>
        new(new TopicPartition(topic, index), LeaderAndIsr.NoEpoch, request.DeletePartitions);
}
