using ClassicBroker.Platform;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// Puts what followers have on their disk before the next fetch tells the leader that they have it (<c>durability=fsync</c>): one sync a
/// log for all that an answer brought. Part of one <see cref="ReplicaFetcher"/>. Threading: the fetcher's loop; the syncs run elsewhere.
/// </summary>
internal sealed class FollowerSync(FetcherContext context)
{
    /// <summary>Starts to sync; null where everything that may be fetched for is on the disk, or need not be.</summary>
    public Task? Begin()
    {
        if (context.Environment.Syncs is not { } disk)
        {
            return null;
        }

        var nowMs = context.NowMs;
        List<(FollowedPartition Followed, PartitionLog Log, long End, Task Sync)>? started = null;
        foreach (var followed in context.Partitions.InOrder)
        {
            if (followed.IsReadyToFetch(nowMs) && followed.Log is { } log && log.LogEndOffset is var end && log.SyncedOffset < end)
            {
                (started ??= []).Add((followed, log, end, disk.RunAsync(log.FlushRecords)));
            }
        }

        return started is null ? null : EndAsync(started);
    }

    private async Task EndAsync(List<(FollowedPartition Followed, PartitionLog Log, long End, Task Sync)> started)
    {
        foreach (var (followed, log, end, sync) in started)
        {
            try
            {
                await sync;
                if (log.SyncedOffset < Math.Min(end, log.LogEndOffset))
                {
                    // The log is being closed, and the partition is about to be taken from this fetcher.
                    context.Delay(followed);
                }
            }
            catch (StorageException failure)
            {
                context.MarkFailed(followed, failure.Message);
            }
        }
    }
}
