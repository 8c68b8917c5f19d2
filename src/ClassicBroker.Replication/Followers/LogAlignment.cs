using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// Brings followers' logs in line with the leader's: cuts what the leader does not have (KIP-101, KIP-279), and starts a log over that ends
/// before the leader's begins. Part of one <see cref="ReplicaFetcher"/>. Threading: the fetcher's loop.
/// </summary>
internal sealed partial class LogAlignment(FetcherContext context)
{
    private readonly ILogger _logger = context.Environment.Logger;
    private readonly LeaderQueries _queries = new(context.Leader, context.Settings);

    /// <summary>
    /// Compares with the leader the logs that must be before anything is fetched for them. And asks where its epoch began for those that
    /// may have lost committed records and have caught up with a leader that has appended nothing in its epoch, so that the log does not
    /// tell (<see cref="PartitionLog.NoteCaughtUp"/>).
    /// </summary>
    public async Task CompareAsync()
    {
        List<(FollowedPartition Followed, LeaderEpoch Epoch)>? truncating = null;
        List<(FollowedPartition Followed, LeaderEpoch Epoch)>? suspect = null;
        var nowMs = context.NowMs;
        foreach (var followed in context.Partitions.InOrder)
        {
            if (followed.IsDelayed(nowMs))
            {
                continue;
            }

            if (!followed.IsTruncating)
            {
                if (IsEpochStartWanted(followed))
                {
                    // Epochs end where the next begins.
                    (suspect ??= []).Add((followed, new LeaderEpoch(followed.LeaderEpoch - 1)));
                }
            }
            else if (context.Settings.AsksForEpochEnds && followed.Log is { LatestEpoch: { IsKnown: true } latest })
            {
                (truncating ??= []).Add((followed, latest));
            }
            else
            {
                context.Guarded(followed, () => Cut(followed, new TruncationPoint(followed.FetchOffset, IsFinal: true)));
            }
        }

        if (truncating is not null)
        {
            await AskEpochEndsAsync(truncating, (followed, end) => context.Guarded(
                followed, () => Truncate(followed, new EpochEndOffset(new LeaderEpoch(end.LeaderEpoch), end.EndOffset))));
        }

        if (suspect is not null && !context.IsStopped)
        {
            await AskEpochEndsAsync(
                suspect, (followed, end) => followed.LeaderEpochStart = end.EndOffset >= 0 ? end.EndOffset : long.MaxValue);
        }
    }

    /// <summary>Cuts by what the leader told of an epoch's end.</summary>
    public void Truncate(FollowedPartition followed, EpochEndOffset leader)
    {
        if (followed.Log is { } log)
        {
            Cut(followed, TruncationPoint.Of(leader, log, followed.FetchOffset));
        }
    }

    /// <summary>Finds where to go on: the leader's log does not reach as far as this one, or begins behind its end.</summary>
    public async Task ResetAsync(FollowedPartition followed)
    {
        try
        {
            var range = await _queries.RangeAsync(followed);
            if (!context.Partitions.Contains(followed))
            {
                return;
            }

            if (range.Error == ErrorCode.None)
            {
                context.Guarded(followed, () => Reset(followed, range.Start, range.End));
            }
            else
            {
                context.Refused(followed, range.Error);
            }
        }
        catch (PeerUnreachableException unreachable)
        {
            context.Unreachable([followed], unreachable);
        }
    }

    private bool IsEpochStartWanted(FollowedPartition followed) =>
        followed.Log is { IsSuspect: true } log
        && followed.LeaderEpochStart is null
        && followed.LeaderEpoch > 0
        && followed.IsReplicaInSync
        && context.Settings.AsksForEpochEnds
        && log.StartOfEpoch(new LeaderEpoch(followed.LeaderEpoch)) is null;

    private async Task AskEpochEndsAsync(
        List<(FollowedPartition Followed, LeaderEpoch Epoch)> asked,
        Action<FollowedPartition, OffsetForLeaderEpochResponse.EpochEndOffset> answered)
    {
        Dictionary<TopicPartition, OffsetForLeaderEpochResponse.EpochEndOffset> ends;
        try
        {
            ends = await _queries.EpochEndsAsync(asked);
        }
        catch (PeerUnreachableException unreachable)
        {
            context.Unreachable(asked.Select(entry => entry.Followed), unreachable);
            return;
        }

        // A partition that began another epoch meanwhile has not asked this question.
        foreach (var (followed, _) in asked.Where(entry => context.Partitions.Contains(entry.Followed)))
        {
            if (!ends.TryGetValue(followed.TopicPartition, out var end))
            {
                context.Refused(followed, ErrorCode.UnknownServerError);
            }
            else if (end.ErrorCode != ErrorCode.None)
            {
                context.Refused(followed, end.ErrorCode);
            }
            else
            {
                answered(followed, end);
            }
        }
    }

    private void Cut(FollowedPartition followed, TruncationPoint point)
    {
        if (followed.Log is not { } log)
        {
            return;
        }

        if (point.Offset < log.HighWatermark)
        {
            LogCutBelowHighWatermark(followed.TopicPartition, point.Offset, log.HighWatermark);
        }

        if (followed.Partition.Follower.TruncateTo(followed.LeaderEpoch, point.Offset))
        {
            followed.FetchOffset = point.Offset;
            followed.LastFetchedEpoch = log.LatestEpoch;
            followed.IsTruncating = !point.IsFinal && !context.Settings.TruncatesOnFetch;
        }
    }

    private void Reset(FollowedPartition followed, long leaderStart, long leaderEnd)
    {
        if (followed.Log is not { } log)
        {
            return;
        }

        var end = log.LogEndOffset;
        if (leaderEnd < end)
        {
            LogReset(followed.TopicPartition, end, "latest", leaderEnd);
            Cut(followed, new TruncationPoint(leaderEnd, IsFinal: true));
            followed.Lag = 0;
            return;
        }

        LogReset(followed.TopicPartition, end, "start", leaderStart);
        if (leaderStart > end && !followed.Partition.Follower.TruncateFullyAndStartAt(followed.LeaderEpoch, leaderStart))
        {
            return;
        }

        var (offset, epoch) = (Math.Max(leaderStart, end), log.LatestEpoch);
        if (followed.FetchOffset == offset && followed.LastFetchedEpoch == epoch)
        {
            // The next fetch will be refused as the last one was, until something changes at the leader.
            context.Delay(followed);
        }

        (followed.FetchOffset, followed.LastFetchedEpoch) = (offset, epoch);
        followed.Lag = leaderEnd - followed.FetchOffset;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Truncating {Partition} to offset {Offset} below high watermark {HighWatermark}")]
    private partial void LogCutBelowHighWatermark(TopicPartition partition, long offset, long highWatermark);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Reset fetch offset for partition {Partition} from {End} to current leader's {Which} offset {Offset}")]
    private partial void LogReset(TopicPartition partition, long end, string which, long offset);
}
