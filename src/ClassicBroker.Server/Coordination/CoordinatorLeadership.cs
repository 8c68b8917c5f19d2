using ClassicBroker.Coordinator;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.State;

namespace ClassicBroker.Server.Coordination;

/// <summary>Tells each coordinator which of its partitions this broker leads. Threading: any; waits for nothing.</summary>
internal sealed class CoordinatorLeadership(GroupCoordinator groups) : ILeadershipListener
{
    public void OnElected(TopicPartition partition, int leaderEpoch)
    {
        if (partition.Topic == TopicName.ConsumerOffsets)
        {
            groups.OnElected(partition.Partition, leaderEpoch);
        }
    }

    public void OnResigned(TopicPartition partition, int? leaderEpoch)
    {
        if (partition.Topic == TopicName.ConsumerOffsets)
        {
            groups.OnResigned(partition.Partition, leaderEpoch);
        }
    }
}
