using ClassicBroker.Client;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Topics;

/// <summary>
/// Prints descriptions of topics: in the form of 3.9 for what brokers tell, in that of 2.2 for what ZooKeeper tells, as scripts expect
/// of either. Where a document was asked for, they go into it.
/// </summary>
internal sealed class TopicPrinter(TextWriter output, FactDocument? facts, DescribeFilter filter, bool isZooKeeperForm)
{
    public void Print(TopicRow topic)
    {
        if (facts is not null)
        {
            Add(topic, facts);
            return;
        }

        if (filter == DescribeFilter.TopicsWithOverrides)
        {
            if (topic.Configs.Count > 0)
            {
                PrintHeader(topic);
            }

            return;
        }

        if (filter == DescribeFilter.None)
        {
            PrintHeader(topic);
        }

        foreach (var partition in topic.Partitions)
        {
            if (IsReported(topic, partition))
            {
                PrintPartition(topic, partition);
            }
        }
    }

    private void Add(TopicRow topic, FactDocument document)
    {
        PartitionDescription[] reported = filter == DescribeFilter.TopicsWithOverrides
            ? []
            : [.. topic.Partitions.Where(partition => IsReported(topic, partition))];
        var isShown = filter switch
        {
            DescribeFilter.None => true,
            DescribeFilter.TopicsWithOverrides => topic.Configs.Count > 0,
            _ => reported.Length > 0,
        };
        if (isShown)
        {
            TopicFacts.AddDescribed(document, topic, reported);
        }
    }

    private bool IsReported(TopicRow topic, PartitionDescription partition) =>
        filter switch
        {
            DescribeFilter.UnderReplicated => partition.Isr.Count < topic.ReplicationFactor(partition),
            DescribeFilter.Unavailable => !HasLeader(topic, partition),
            DescribeFilter.UnderMinIsr => partition.Leader < 0 || partition.Isr.Count < topic.MinInsyncReplicas,
            DescribeFilter.AtMinIsr => partition.Isr.Count == topic.MinInsyncReplicas,
            _ => true,
        };

    private static bool HasLeader(TopicRow topic, PartitionDescription partition) =>
        partition.Leader >= 0 && topic.LiveBrokers?.Contains(partition.Leader) != false;

    private void PrintHeader(TopicRow topic)
    {
        var space = isZooKeeperForm ? "" : " ";
        var replicas = topic.Partitions.Count > 0 ? topic.ReplicationFactor(topic.Partitions[0]) : 0;
        var configs = string.Join(",", topic.Configs.Select(config => $"{config.Key}={config.Value}"));
        var id = isZooKeeperForm || topic.Id.IsZero ? "" : $"\tTopicId: {topic.Id}";
        output.Write($"Topic:{space}{topic.Name}{id}\tPartitionCount:{space}{topic.Partitions.Count}");
        output.Write($"\tReplicationFactor:{space}{replicas}\tConfigs:{space}{configs}");
        output.WriteLine(topic.IsMarkedForDeletion ? $"\tMarkedForDeletion:{space}true" : "");
    }

    private void PrintPartition(TopicRow topic, PartitionDescription partition)
    {
        var leader = partition.Leader >= 0 ? partition.Leader.ToString() : "none";
        output.Write($"\tTopic: {topic.Name}\tPartition: {partition.Partition}\tLeader: {leader}");
        output.Write($"\tReplicas: {string.Join(",", partition.Replicas)}\tIsr: {string.Join(",", partition.Isr)}");
        if (topic.Reassignments.TryGetValue(partition.Partition, out var move))
        {
            output.Write($"\tAdding Replicas: {string.Join(",", move.Adding)}\tRemoving Replicas: {string.Join(",", move.Removing)}");
        }

        if (!isZooKeeperForm)
        {
            output.Write("\tElr: N/A\tLastKnownElr: N/A");
        }

        output.WriteLine(topic.IsMarkedForDeletion ? "\tMarkedForDeletion: true" : "");
    }
}
