using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Rpc;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// What the parts of one <see cref="ReplicaFetcher"/> share: its partitions, and what becomes of those that fail. Threading: the fetcher's
/// loop.
/// </summary>
internal sealed partial class FetcherContext(
    FetcherMetrics metrics, IEventLoop loop, ILeaderEndpoint leader, FollowerEnvironment environment)
{
    private readonly ILogger _logger = environment.Logger;

    /// <summary>Those that are not fetched for until the controller speaks of them again.</summary>
    private readonly SortedSet<TopicPartition> _failed = [];

    public ILeaderEndpoint Leader { get; } = leader;

    public FollowerEnvironment Environment { get; } = environment;

    public FollowerSettings Settings { get; } = environment.Settings;

    public FetcherMetrics Metrics { get; } = metrics;

    public FollowedPartitions Partitions { get; } = new(metrics);

    /// <summary>Set once the fetcher ends: what fails then is no news.</summary>
    public bool IsStopped { get; set; }

    public long NowMs => loop.Time.MonotonicMs();

    /// <summary>
    /// Broken records are asked for again after a pause. A disk that fails, or a log that contradicts the leader's, ends the fetching of
    /// the partition until the controller speaks of it again; the others go on.
    /// </summary>
    public void Guarded(FollowedPartition followed, Action work)
    {
        try
        {
            work();
        }
        catch (RecordsException broken)
        {
            LogBroken(followed.TopicPartition, followed.FetchOffset, broken.Message);
            Delay(followed);
        }
        catch (Exception failure) when (failure is StorageException or UnexpectedAppendOffsetException)
        {
            MarkFailed(followed, failure.Message);
        }
    }

    /// <summary>Acts on an error the leader answered for one partition.</summary>
    public void Refused(FollowedPartition followed, ErrorCode error)
    {
        if (error == ErrorCode.FencedLeaderEpoch)
        {
            MarkFailed(followed, "the leader is in a later epoch; the next LeaderAndIsr will tell of it");
            return;
        }

        LogRefused(followed.TopicPartition, followed.FetchOffset, error);
        if (error is ErrorCode.UnknownLeaderEpoch or ErrorCode.NotLeaderOrFollower)
        {
            followed.DelayUntilLed(NowMs, Settings.BackoffMs);
            return;
        }

        Delay(followed);
    }

    public void MarkFailed(FollowedPartition followed, string reason)
    {
        LogFailed(followed.TopicPartition, reason);
        Partitions.Remove(followed.TopicPartition);
        _failed.Add(followed.TopicPartition);
        Metrics.FailedCount = _failed.Count;
    }

    /// <summary>The controller speaks of a partition, so that it is no longer one that failed.</summary>
    public void ForgetFailure(TopicPartition partition)
    {
        if (_failed.Remove(partition))
        {
            Metrics.FailedCount = _failed.Count;
        }
    }

    /// <summary>The leader did not answer: nothing is asked for these partitions for a while.</summary>
    public void Unreachable(IEnumerable<FollowedPartition> asked, PeerUnreachableException failure)
    {
        if (IsStopped)
        {
            return;
        }

        LogUnreachable(Metrics.LeaderId, failure.Message);
        foreach (var followed in asked)
        {
            Delay(followed);
        }
    }

    public void Delay(FollowedPartition followed) => followed.Delay(NowMs, Settings.BackoffMs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "[ReplicaFetcher leaderId={Leader}] Error in response for fetch request: {Reason}")]
    private partial void LogUnreachable(int leader, string reason);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Found invalid messages during fetch for partition {Partition} offset {Offset}: {Reason}")]
    private partial void LogBroken(TopicPartition partition, long offset, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Error for partition {Partition} at offset {Offset}: {Error}; asking again after a pause")]
    private partial void LogRefused(TopicPartition partition, long offset, ErrorCode error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Partition {Partition} marked as failed: {Reason}")]
    private partial void LogFailed(TopicPartition partition, string reason);
}
