using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>
/// Reads partitions of a topic from their leaders, side by side, from one offset each. Threading: one request's.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="topic">The topic.</param>
/// <param name="reader">Looks at what comes.</param>
internal sealed class TopicReading(ConsoleCluster cluster, TopicDescription topic, PartitionReader reader)
{
    private const int FetchBytes = 512 * 1024;

    /// <summary>
    /// One round: a fetch from each leader that has one of the partitions. Positions move on past what was read.
    /// </summary>
    /// <param name="positions">Where to go on, by partition; changed.</param>
    /// <param name="ends">Where each partition ends; those that are there already are left out. Null for no end.</param>
    /// <param name="wait">How long leaders may wait for something to come.</param>
    /// <returns>Whether anything was read.</returns>
    public async Task<bool> RoundAsync(IDictionary<int, long> positions, IReadOnlyDictionary<int, long>? ends, TimeSpan wait)
    {
        var open = positions.Where(position => ends is null || position.Value < ends[position.Key]).ToArray();
        var byLeader = open.GroupBy(position => LeaderOf(position.Key)).Where(each => each.Key >= 0).ToArray();
        var fetches = byLeader.Select(each => FetchAsync(each.Key, each)).ToArray();
        var hasRead = false;
        foreach (var answer in await Task.WhenAll(fetches))
        {
            foreach (var (partition, records) in answer)
            {
                if (records.Failure is { Code: var code })
                {
                    throw new KafkaException(code, $"{partition} cannot be read: {code.WireName()}");
                }

                var from = positions[partition.Partition];
                var next = reader.Read(partition, records.Batches.Span, from, ends?[partition.Partition] ?? long.MaxValue);
                hasRead |= next > from;
                positions[partition.Partition] = next;
            }
        }

        return hasRead;

        Task<IReadOnlyDictionary<TopicPartition, ReplicaRecords>> FetchAsync(int leader, IEnumerable<KeyValuePair<int, long>> partitions) =>
            cluster.Admin.ReadReplicasAsync(
                leader, partitions.ToDictionary(each => new TopicPartition(topic.Name, each.Key), each => each.Value), FetchBytes, wait);
    }

    /// <summary>The partitions that a request names, as <c>0,2,5</c>; all where it names none.</summary>
    /// <exception cref="ApiException">There is no such partition.</exception>
    public static IReadOnlyList<int> PartitionsOf(TopicDescription topic, string? text)
    {
        if (text is null)
        {
            return [.. topic.Partitions.Select(partition => partition.Partition)];
        }

        var wanted = new SortedSet<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, out var number) || topic.Partitions.All(partition => partition.Partition != number))
            {
                throw ApiException.BadRequest($"{topic.Name} has no partition {part}.");
            }

            wanted.Add(number);
        }

        return [.. wanted];
    }

    private int LeaderOf(int partition) => topic.Partitions.First(each => each.Partition == partition).Leader;
}
