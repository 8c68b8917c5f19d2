using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// The partitions of a Produce request as Kafka's maps leave them: each once, with the records that were named last, and no topic without
/// partitions.
/// </summary>
internal static class ProducedPartitions
{
    /// <summary>Allocates nothing for a request without repetitions of one topic with one partition, and little for others.</summary>
    public static ProduceRequest.TopicProduceData[] Once(ProduceRequest.TopicProduceData[] topics) =>
        topics is [{ PartitionData.Length: 1 }] || !NeedsMerge(topics) ? topics : Merge(topics);

    private static bool NeedsMerge(ProduceRequest.TopicProduceData[] topics)
    {
        var names = new HashSet<string>(topics.Length, StringComparer.Ordinal);
        var indexes = new HashSet<int>();
        foreach (var topic in topics)
        {
            indexes.Clear();
            if (topic.PartitionData.Length == 0 || !names.Add(topic.Name))
            {
                return true;
            }

            foreach (var partition in topic.PartitionData)
            {
                if (!indexes.Add(partition.Index))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static ProduceRequest.TopicProduceData[] Merge(ProduceRequest.TopicProduceData[] topics) =>
    [
        .. topics.GroupBy(topic => topic.Name, StringComparer.Ordinal)
            .Select(topic => new ProduceRequest.TopicProduceData
            {
                Name = topic.Key,
                PartitionData = [.. topic.SelectMany(entry => entry.PartitionData)
                    .GroupBy(partition => partition.Index)
                    .Select(partition => partition.Last())],
            })
            .Where(topic => topic.PartitionData.Length > 0),
    ];
}
