using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// A group as ZooKeeper tells of it at one moment: for each topic that a member reads the threads that read it, sorted, and the topic's
/// partitions, ascending. All members compute their shares from the same view. Immutable.
/// </summary>
/// <param name="Threads">By topic; every topic has at least one.</param>
/// <param name="Partitions">By topic; topics that do not exist are missing.</param>
internal sealed record GroupView(
    SortedDictionary<string, StreamThread[]> Threads, SortedDictionary<string, int[]> Partitions)
{
    /// <summary>The partitions of a topic; none where it does not exist.</summary>
    public IEnumerable<TopicPartition> PartitionsOf(string topic) =>
        Partitions.GetValueOrDefault(topic, []).Select(partition => new TopicPartition(topic, partition));
}
