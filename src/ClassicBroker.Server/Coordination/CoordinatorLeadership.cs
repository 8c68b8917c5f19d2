using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.State;

namespace ClassicBroker.Server.Coordination;

/// <summary>Tells each coordinator which of its partitions this broker leads. Threading: any; waits for nothing.</summary>
internal sealed class CoordinatorLeadership(GroupCoordinator groups, TransactionCoordinator transactions) : ILeadershipListener
{
    public void OnElected(TopicPartition partition, int leaderEpoch)
    {
        if (partition.Topic == TopicName.ConsumerOffsets)
        {
            groups.OnElected(partition.Partition, leaderEpoch);
        }
        else if (partition.Topic == TopicName.TransactionState)
        {
            transactions.OnElected(partition.Partition, leaderEpoch);
        }
    }

    public void OnResigned(TopicPartition partition, int? leaderEpoch)
    {
        if (partition.Topic == TopicName.ConsumerOffsets)
        {
            groups.OnResigned(partition.Partition, leaderEpoch);
        }
        else if (partition.Topic == TopicName.TransactionState)
        {
            transactions.OnResigned(partition.Partition, leaderEpoch);
        }
    }
}
