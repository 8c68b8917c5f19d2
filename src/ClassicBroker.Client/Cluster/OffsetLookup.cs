using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Finds offsets by timestamps at the leaders of partitions (ListOffsets), again and again until all have answered. Threading: the
/// client's loop.
/// </summary>
internal sealed class OffsetLookup(ClusterClient cluster, IsolationLevel isolation)
{
    /// <summary>The log end.</summary>
    public const long Latest = -1;

    /// <summary>The log start.</summary>
    public const long Earliest = -2;

    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    public const long MaxTimestamp = -3;

    private const int ConsumerReplicaId = -1;

    /// <summary>Looks up partitions by a timestamp or special each. A partition without a match has offset -1.</summary>
    /// <exception cref="KafkaTimeoutException">Not all answered in time.</exception>
    public async Task<SortedDictionary<TopicPartition, OffsetAndTimestamp>> FindAsync(
        IReadOnlyDictionary<TopicPartition, long> timestamps, TimeSpan timeout)
    {
        var deadlineMs = cluster.Loop.Time.MonotonicMs() + (long)timeout.TotalMilliseconds;
        var found = new SortedDictionary<TopicPartition, OffsetAndTimestamp>();
        var left = timestamps.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key).ToList();
        for (var attempt = 1; ; attempt++)
        {
            var failure = await AskLeadersAsync(left, found);
            left.RemoveAll(pair => found.ContainsKey(pair.Key));
            if (left.Count == 0)
            {
                return found;
            }

            await cluster.PauseAsync(attempt, deadlineMs, () => new KafkaTimeoutException(
                $"Failed to get offsets by times in {timeout.TotalMilliseconds:0}ms ({failure?.Message})", failure));
        }
    }

    private async Task<KafkaException?> AskLeadersAsync(
        List<(TopicPartition Partition, long Timestamp)> left, SortedDictionary<TopicPartition, OffsetAndTimestamp> found)
    {
        KafkaException? last = null;
        try
        {
            if (left.Any(pair => cluster.Metadata.Partition(pair.Partition) is not { HasLeader: true }))
            {
                string[] topics = [.. left.Select(pair => pair.Partition.Topic).Distinct()];
                foreach (var topic in topics)
                {
                    cluster.Follow(topic);
                }

                RequireUsable(topics, await cluster.RefreshAsync());
            }
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            return failure;
        }

        foreach (var group in left.GroupBy(pair => cluster.Metadata.Partition(pair.Partition)?.LeaderId ?? -1).ToArray())
        {
            if (group.Key < 0)
            {
                last = new KafkaException(ErrorCode.LeaderNotAvailable);
                continue;
            }

            try
            {
                var request = Request(group);
                var response = await cluster.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(cluster.Broker(group.Key), request);
                last = Take(response, [.. group.Select(pair => pair.Partition)], found, group.Key) ?? last;
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                last = failure;
                cluster.RefreshSoon();
            }
        }

        return last;
    }

    /// <exception cref="KafkaException">A topic has a fault that does not pass, such as its name.</exception>
    private static void RequireUsable(string[] topics, ClusterMetadata metadata)
    {
        foreach (var topic in topics)
        {
            if (metadata.Topic(topic) is { } found && found.Error != ErrorCode.None && !found.Error.IsRetriable())
            {
                throw ClusterClient.Refusal(topic, found);
            }
        }
    }

    private ListOffsetsRequest Request(IEnumerable<(TopicPartition Partition, long Timestamp)> partitions) => new()
    {
        ReplicaId = ConsumerReplicaId,
        IsolationLevel = (sbyte)isolation,
        Topics = partitions
            .GroupBy(pair => pair.Partition.Topic)
            .Select(topic => new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = topic.Key,
                Partitions = topic.Select(pair => new ListOffsetsRequest.ListOffsetsPartition
                {
                    PartitionIndex = pair.Partition.Partition,
                    CurrentLeaderEpoch = cluster.Metadata.Partition(pair.Partition)?.LeaderEpoch ?? -1,
                    Timestamp = pair.Timestamp,
                }).ToArray(),
            })
            .ToArray(),
    };

    /// <summary>Takes what was asked for; what a broker tells beside it is nothing to go by.</summary>
    private KafkaException? Take(
        ListOffsetsResponse response,
        HashSet<TopicPartition> asked,
        SortedDictionary<TopicPartition, OffsetAndTimestamp> found,
        int broker)
    {
        KafkaException? last = null;
        foreach (var topic in response.Topics)
        {
            foreach (var answer in topic.Partitions)
            {
                var partition = new TopicPartition(topic.Name, answer.PartitionIndex);
                if (!asked.Contains(partition))
                {
                    continue;
                }

                if (answer.ErrorCode == ErrorCode.None)
                {
                    var offset = answer.OldStyleOffsets.Length > 0 ? answer.OldStyleOffsets[0] : answer.Offset;
                    found[partition] = new OffsetAndTimestamp(offset, answer.Timestamp, answer.LeaderEpoch);
                    continue;
                }

                last = new KafkaException(
                    answer.ErrorCode, $"{partition}: {ErrorDescriptions.Describe(answer.ErrorCode)}", broker, "ListOffsets")
                {
                    BrokerAddress = cluster.AddressOf(broker),
                    TopicPartition = partition,
                };
                if (!last.IsRetriable)
                {
                    throw last;
                }

                cluster.RefreshSoon();
            }
        }

        return last;
    }
}
