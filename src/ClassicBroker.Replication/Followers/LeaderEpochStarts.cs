using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// Asks the leader where its epoch began, for replicas that may have lost committed records and have caught up with a leader that has
/// appended nothing in its epoch, so that the log does not tell (<see cref="PartitionLog.NoteCaughtUp"/>). Part of one
/// <see cref="ReplicaFetcher"/>. Threading: the fetcher's loop.
/// </summary>
internal sealed class LeaderEpochStarts(FetcherContext context)
{
    private readonly LeaderQueries _queries = new(context.Leader, context.Settings);

    /// <summary>Asks where there is something to ask; nothing is known of a partition afterwards whose leader did not answer.</summary>
    public async Task AskAsync()
    {
        List<(FollowedPartition Followed, LeaderEpoch Before)>? asked = null;
        var nowMs = context.NowMs;
        foreach (var followed in context.Partitions.InOrder)
        {
            if (followed.Log is { IsSuspect: true } log && IsWanted(followed, log, nowMs))
            {
                // Epochs end where the next begins.
                (asked ??= []).Add((followed, new LeaderEpoch(followed.LeaderEpoch - 1)));
            }
        }

        if (asked is not null)
        {
            await AskAsync(asked);
        }
    }

    private bool IsWanted(FollowedPartition followed, PartitionLog log, long nowMs) =>
        followed.LeaderEpochStart is null
        && followed.LeaderEpoch > 0
        && followed.IsReplicaInSync
        && followed.IsReadyToFetch(nowMs)
        && context.Settings.AsksForEpochEnds
        && log.StartOfEpoch(new LeaderEpoch(followed.LeaderEpoch)) is null;

    private async Task AskAsync(List<(FollowedPartition Followed, LeaderEpoch Before)> asked)
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

        foreach (var (followed, _) in asked.Where(entry => context.Partitions.Contains(entry.Followed)))
        {
            var error = ErrorCode.UnknownServerError;
            if (ends.TryGetValue(followed.TopicPartition, out var end) && (error = end.ErrorCode) == ErrorCode.None)
            {
                followed.LeaderEpochStart = end.EndOffset >= 0 ? end.EndOffset : long.MaxValue;
            }
            else
            {
                context.Refused(followed, error);
            }
        }
    }
}
