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
    /// <exception cref="KafkaException">One answered that it never will.</exception>
    public async Task<SortedDictionary<TopicPartition, OffsetAndTimestamp>> FindAsync(
        IReadOnlyDictionary<TopicPartition, long> timestamps, TimeSpan timeout, CancellationToken cancellation = default)
    {
        var deadlineMs = cluster.Loop.Time.MonotonicMs() + (long)timeout.TotalMilliseconds;
        var found = new SortedDictionary<TopicPartition, OffsetAndTimestamp>();
        KafkaException? last = null;
        for (var attempt = 1; ; attempt++)
        {
            var left = timestamps.Where(pair => !found.ContainsKey(pair.Key)).OrderBy(pair => pair.Key).ToList();
            if (left.Count == 0)
            {
                return found;
            }

            if (attempt > 1)
            {
                await cluster.PauseAsync(attempt - 1, deadlineMs, () => new KafkaTimeoutException(
                    $"Failed to get offsets by times in {timeout.TotalMilliseconds:0}ms ({last?.Message})", last));
            }

            try
            {
                await AskLeadersAsync(left, found.Add, (_, failure) => last = failure.IsRetriable ? failure : throw failure, cancellation);
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                last = failure;
            }
        }
    }

    /// <summary>Asks the leaders of partitions once.</summary>
    /// <param name="wanted">The partitions, each with a timestamp or special.</param>
    /// <param name="found">Told what a leader found.</param>
    /// <param name="failed">Told why a partition could not be looked up. What it throws ends the questions.</param>
    /// <param name="cancellation">Ends the questions.</param>
    /// <exception cref="KafkaException">No broker tells who leads them.</exception>
    public async Task AskLeadersAsync(
        IReadOnlyCollection<KeyValuePair<TopicPartition, long>> wanted,
        Action<TopicPartition, OffsetAndTimestamp> found,
        Action<TopicPartition, KafkaException> failed,
        CancellationToken cancellation = default)
    {
        var left = await LocateAsync(wanted, failed);
        foreach (var group in left.GroupBy(pair => cluster.Metadata.LeaderOf(pair.Key)).ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            if (group.Key is not { } leader || cluster.Metadata.Node(leader) is null)
            {
                // The leader may have gone while others were asked.
                Fail(group, cluster.Metadata.Leaderless);
                continue;
            }

            try
            {
                var response = await cluster.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(cluster.Broker(leader), Request(group));
                Take(response, [.. group.Select(pair => pair.Key)], found, failed, leader);
            }
            catch (KafkaException failure) when (failure is not ClientClosedException)
            {
                cluster.RefreshSoon();
                Fail(group, _ => failure);
            }
        }

        void Fail(IEnumerable<KeyValuePair<TopicPartition, long>> partitions, Func<TopicPartition, KafkaException> failure)
        {
            foreach (var (partition, _) in partitions)
            {
                failed(partition, failure(partition));
            }
        }
    }

    /// <summary>Fetches metadata where a leader is not known; leaves out partitions of topics with a fault that does not pass.</summary>
    private async Task<IReadOnlyList<KeyValuePair<TopicPartition, long>>> LocateAsync(
        IReadOnlyCollection<KeyValuePair<TopicPartition, long>> wanted, Action<TopicPartition, KafkaException> failed)
    {
        if (wanted.All(pair => cluster.Metadata.LeaderOf(pair.Key) is not null))
        {
            return [.. wanted];
        }

        foreach (var (partition, _) in wanted)
        {
            cluster.Follow(partition.Topic);
        }

        var metadata = await cluster.RefreshAsync();
        List<KeyValuePair<TopicPartition, long>> usable = [];
        foreach (var pair in wanted)
        {
            if (metadata.Topic(pair.Key.Topic) is { } topic && topic.IsRefused)
            {
                var refusal = cluster.Refusal(pair.Key.Topic, topic);
                refusal.TopicPartition = pair.Key;
                failed(pair.Key, refusal);
            }
            else
            {
                usable.Add(pair);
            }
        }

        return usable;
    }

    private ListOffsetsRequest Request(IEnumerable<KeyValuePair<TopicPartition, long>> partitions) => new()
    {
        ReplicaId = ConsumerReplicaId,
        IsolationLevel = (sbyte)isolation,
        Topics = partitions
            .GroupBy(pair => pair.Key.Topic)
            .Select(topic => new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = topic.Key,
                Partitions = topic.Select(pair => new ListOffsetsRequest.ListOffsetsPartition
                {
                    PartitionIndex = pair.Key.Partition,
                    CurrentLeaderEpoch = cluster.Metadata.Partition(pair.Key)?.LeaderEpoch ?? -1,
                    Timestamp = pair.Value,
                }).ToArray(),
            })
            .ToArray(),
    };

    /// <summary>Takes what was asked for; what a broker tells beside it is nothing to go by.</summary>
    private void Take(
        ListOffsetsResponse response,
        HashSet<TopicPartition> asked,
        Action<TopicPartition, OffsetAndTimestamp> found,
        Action<TopicPartition, KafkaException> failed,
        int broker)
    {
        foreach (var topic in response.Topics)
        {
            foreach (var answer in topic.Partitions)
            {
                var partition = new TopicPartition(topic.Name, answer.PartitionIndex);
                if (!asked.Remove(partition))
                {
                    continue;
                }

                if (answer.ErrorCode == ErrorCode.None)
                {
                    var offset = answer.OldStyleOffsets.Length > 0 ? answer.OldStyleOffsets[0] : answer.Offset;
                    found(partition, new OffsetAndTimestamp(offset, answer.Timestamp, answer.LeaderEpoch));
                    continue;
                }

                var failure = new KafkaException(
                    answer.ErrorCode, $"{partition}: {ErrorDescriptions.Describe(answer.ErrorCode)}", broker, "ListOffsets")
                {
                    BrokerAddress = cluster.AddressOf(broker),
                    TopicPartition = partition,
                };
                if (failure.IsRetriable)
                {
                    cluster.RefreshSoon();
                }

                failed(partition, failure);
            }
        }
    }
}
