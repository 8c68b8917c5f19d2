using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// Commits positions of a group and reads what was committed, again and again until the coordinator answers. Threading: the client's loop.
/// </summary>
internal sealed class GroupOffsets(ConsumerConfig config, ClusterClient cluster, CoordinatorConnection coordinator, GroupSession session)
{
    /// <summary>The last version with a single group.</summary>
    private const short LastFetchVersionWithOneGroup = 7;

    /// <exception cref="CommitFailedException">The partitions have another owner.</exception>
    /// <exception cref="KafkaException">The commit is refused, or could not be made in time.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came before an attempt.</exception>
    public async Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation = default)
    {
        var deadlineMs = DeadlineMs();
        for (var attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            KafkaException failure;
            try
            {
                if (await TryCommitAsync(offsets) is not { } refused)
                {
                    return;
                }

                failure = refused;
            }
            catch (KafkaException unreachable) when (unreachable.IsRetriable)
            {
                failure = unreachable;
            }

            if (!failure.IsRetriable || failure.Code is ErrorCode.RebalanceInProgress)
            {
                throw failure.Code is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress
                    ? coordinator.About(new CommitFailedException(failure.Code), ApiKey.OffsetCommit)
                    : failure;
            }

            await cluster.PauseAsync(attempt, deadlineMs, () => new KafkaTimeoutException(
                $"Timeout of {config.DefaultApiTimeout.TotalMilliseconds:0}ms expired before successfully committing offsets", failure));
        }
    }

    /// <summary>As <see cref="CommitAsync"/>, with a single try.</summary>
    /// <exception cref="KafkaException">The coordinator is not to be had, or refuses.</exception>
    public async Task CommitOnceAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets)
    {
        if (await TryCommitAsync(offsets) is { } refused)
        {
            throw refused;
        }
    }

    /// <summary>What was committed; partitions without an offset are missing.</summary>
    /// <exception cref="KafkaException">The request is refused, or was not answered in time.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came before an attempt.</exception>
    public async Task<SortedDictionary<TopicPartition, OffsetAndMetadata>> FetchAsync(
        IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation = default)
    {
        var deadlineMs = DeadlineMs();
        for (var attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            KafkaException failure;
            try
            {
                var found = new SortedDictionary<TopicPartition, OffsetAndMetadata>();
                if (await TryFetchAsync(partitions, found) is not { } refused)
                {
                    return found;
                }

                failure = refused;
            }
            catch (KafkaException unreachable) when (unreachable.IsRetriable)
            {
                failure = unreachable;
            }

            if (!failure.IsRetriable)
            {
                throw failure;
            }

            await cluster.PauseAsync(attempt, deadlineMs, () => new KafkaTimeoutException(
                $"Timeout of {config.DefaultApiTimeout.TotalMilliseconds:0}ms expired before the committed offsets were found", failure));
        }
    }

    private long DeadlineMs() => cluster.Loop.Time.MonotonicMs() + (long)config.DefaultApiTimeout.TotalMilliseconds;

    private async Task<KafkaException?> TryCommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets)
    {
        var response = await coordinator.SendAsync<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = config.GroupId!,
                GenerationIdOrMemberEpoch = session.Generation,
                MemberId = session.MemberId,
                GroupInstanceId = session.Generation >= 0 ? config.GroupInstanceId : null,
                Topics =
                [
                    .. offsets.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal)
                        .Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
                        {
                            Name = topic.Key,
                            Partitions = [.. topic.Select(entry => new OffsetCommitRequest.OffsetCommitRequestPartition
                            {
                                PartitionIndex = entry.Key.Partition,
                                CommittedOffset = entry.Value.Offset,
                                CommittedLeaderEpoch = entry.Value.LeaderEpoch,
                                CommittedMetadata = entry.Value.Metadata,
                            })],
                        }),
                ],
            },
            config.RequestTimeout);
        foreach (var topic in response.Topics)
        {
            foreach (var refused in topic.Partitions.Where(partition => partition.ErrorCode != ErrorCode.None))
            {
                return Refusal(refused.ErrorCode, new TopicPartition(topic.Name, refused.PartitionIndex), ApiKey.OffsetCommit);
            }
        }

        return null;
    }

    /// <summary>
    /// A partition that is not there, or not any more, will not come back for a retry: a rebalance that commits it would only wait.
    /// </summary>
    private KafkaException Refusal(ErrorCode error, TopicPartition partition, ApiKey api)
    {
        var refusal = error == ErrorCode.UnknownTopicOrPartition
            ? coordinator.About(new KafkaException($"Topic or Partition {partition} does not exist"), api)
            : session.Learn(error, api);
        refusal.TopicPartition = partition;
        return refusal;
    }

    private async Task<KafkaException?> TryFetchAsync(
        IReadOnlyList<TopicPartition> partitions, SortedDictionary<TopicPartition, OffsetAndMetadata> found)
    {
        var response = await coordinator.SendAsync<OffsetFetchRequest, OffsetFetchResponse>(
            new()
            {
                GroupId = config.GroupId!,
                RequireStable = config.IsolationLevel == IsolationLevel.ReadCommitted,
                Topics =
                [
                    .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                        .Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopic
                        {
                            Name = topic.Key,
                            PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
                        }),
                ],
            },
            config.RequestTimeout,
            LastFetchVersionWithOneGroup);
        if (response.ErrorCode != ErrorCode.None)
        {
            return session.Learn(response.ErrorCode, ApiKey.OffsetFetch);
        }

        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (partition.ErrorCode != ErrorCode.None)
                {
                    return Refusal(partition.ErrorCode, new TopicPartition(topic.Name, partition.PartitionIndex), ApiKey.OffsetFetch);
                }

                if (partition.CommittedOffset >= 0)
                {
                    found[new(topic.Name, partition.PartitionIndex)] =
                        new(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata ?? "");
                }
            }
        }

        return null;
    }
}
