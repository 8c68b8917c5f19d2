using ClassicBroker.Primitives;

namespace ClassicBroker.Controller.State;

/// <summary>One replica of a partition, by the broker that has it.</summary>
internal readonly record struct PartitionAndReplica(TopicPartition Partition, int Replica)
{
    public string Topic => Partition.Topic;

    public override string ToString() => $"[Topic={Topic},Partition={Partition.Partition},Replica={Replica}]";
}
