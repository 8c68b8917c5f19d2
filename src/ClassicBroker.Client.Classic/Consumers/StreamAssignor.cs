using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// Kafka 0.8's two ways of sharing out partitions, as <c>kafka.consumer.PartitionAssignor</c> of 0.8.2 and 0.10.2 has them: members of
/// those releases in the same group come to the same result. Stateless.
/// </summary>
internal static class StreamAssignor
{
    /// <summary>The partitions of one member, and the number of the thread that gets each.</summary>
    public static SortedDictionary<TopicPartition, int> Assign(StreamAssignment strategy, GroupView view, string consumerId)
    {
        var mine = new SortedDictionary<TopicPartition, int>();
        var all = strategy == StreamAssignment.RoundRobin ? RoundRobin(view) : Range(view);
        foreach (var (partition, thread) in all)
        {
            if (thread.ConsumerId == consumerId)
            {
                mine[partition] = thread.Number;
            }
        }

        return mine;
    }

    private static IEnumerable<(TopicPartition Partition, StreamThread Thread)> Range(GroupView view)
    {
        foreach (var (topic, threads) in view.Threads)
        {
            TopicPartition[] partitions = [.. view.PartitionsOf(topic)];
            var (share, extra) = (partitions.Length / threads.Length, partitions.Length % threads.Length);
            for (var i = 0; i < threads.Length; i++)
            {
                var start = (share * i) + Math.Min(i, extra);
                var count = share + (i < extra ? 1 : 0);
                foreach (var partition in partitions.AsSpan(start, count).ToArray())
                {
                    yield return (partition, threads[i]);
                }
            }
        }
    }

    private static IEnumerable<(TopicPartition Partition, StreamThread Thread)> RoundRobin(GroupView view)
    {
        StreamThread[] threads = [.. view.Threads.Values.SelectMany(readers => readers).Distinct().Order()];
        var readersOf = view.Threads.ToDictionary(topic => topic.Key, topic => topic.Value.ToHashSet());
        var partitions = view.Threads.Keys
            .SelectMany(view.PartitionsOf)
            .OrderBy(partition => JavaHash.OfString($"[{partition.Topic},{partition.Partition}]"));
        var next = 0;
        foreach (var partition in partitions)
        {
            while (!readersOf[partition.Topic].Contains(threads[next]))
            {
                next = (next + 1) % threads.Length;
            }

            yield return (partition, threads[next]);
            next = (next + 1) % threads.Length;
        }
    }
}
