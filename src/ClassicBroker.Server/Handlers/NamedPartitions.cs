using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Handlers;

/// <summary>The partitions that a request names. Stateless.</summary>
internal static class NamedPartitions
{
    /// <summary>What a request says last of each partition, in the order in which they are first named.</summary>
    public static OrderedDictionary<TopicPartition, TItem> LastOfEach<TTopic, TItem>(
        IEnumerable<TTopic> topics, Func<TTopic, string> nameOf, Func<TTopic, IEnumerable<TItem>> partitionsOf, Func<TItem, int> indexOf)
    {
        var last = new OrderedDictionary<TopicPartition, TItem>();
        foreach (var topic in topics)
        {
            foreach (var partition in partitionsOf(topic))
            {
                last[new TopicPartition(nameOf(topic), indexOf(partition))] = partition;
            }
        }

        return last;
    }
}
