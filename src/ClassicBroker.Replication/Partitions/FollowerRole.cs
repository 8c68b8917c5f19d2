using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What a partition does while another broker leads it: append what the leader sent, cut what it does not have, adopt its high watermark
/// and log start. Each call names the leader epoch it acts in; once the replica has left that epoch, nothing happens, so that no answer of
/// an earlier leader changes the log under a later one. Owned by its <see cref="Partition"/>.
/// Threading: any thread; under the partition's lock.
/// </summary>
internal sealed class FollowerRole(PartitionContext context)
{
    /// <summary>
    /// Appends records whose first offset the fetch asked for, those of later epochs excepted; null where the replica has left the epoch,
    /// or does not end at <paramref name="fetchOffset"/> any more, because another fetcher has appended.
    /// </summary>
    /// <exception cref="RecordsException">They are broken.</exception>
    /// <exception cref="UnexpectedAppendOffsetException">They begin before the log ends.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogAppend? Append(int leaderEpoch, long fetchOffset, ReadOnlyMemory<byte> records)
    {
        lock (context.Lock)
        {
            return LogIn(leaderEpoch) is { } log && log.LogEndOffset == fetchOffset
                ? CopiedRecords.AppendTo(log, records, leaderEpoch)
                : null;
        }
    }

    /// <summary>
    /// Takes over the leader's high watermark, as far as the log reaches, and its log start; true where the high watermark moved.
    /// </summary>
    /// <param name="leaderEpoch">The epoch the leader leads in.</param>
    /// <param name="leaderHighWatermark">Its high watermark.</param>
    /// <param name="leaderLogStart">Where its log starts.</param>
    /// <param name="leaderEpochStart">Where it began to lead; null where only the log may tell.</param>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public bool Adopt(int leaderEpoch, long leaderHighWatermark, long leaderLogStart, long? leaderEpochStart = null)
    {
        lock (context.Lock)
        {
            if (LogIn(leaderEpoch) is not { } log)
            {
                return false;
            }

            var before = log.HighWatermark;
            var after = log.UpdateHighWatermark(leaderHighWatermark);
            log.AdvanceLogStart(Math.Min(leaderLogStart, after));
            if (log.IsSuspect)
            {
                log.NoteCaughtUp(leaderHighWatermark, leaderEpochStart ?? log.StartOfEpoch(new LeaderEpoch(leaderEpoch)));
            }

            return after != before;
        }
    }

    /// <summary>Cuts the log at <paramref name="offset"/>; false where the replica has left the epoch.</summary>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public bool TruncateTo(int leaderEpoch, long offset)
    {
        lock (context.Lock)
        {
            LogIn(leaderEpoch)?.TruncateTo(offset);
            return LogIn(leaderEpoch) is not null;
        }
    }

    /// <summary>Empties the log; it starts at <paramref name="offset"/>. False where the replica has left the epoch.</summary>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public bool TruncateFullyAndStartAt(int leaderEpoch, long offset)
    {
        lock (context.Lock)
        {
            LogIn(leaderEpoch)?.TruncateFullyAndStartAt(offset);
            return LogIn(leaderEpoch) is not null;
        }
    }

    private PartitionLog? LogIn(int leaderEpoch) =>
        context.Leadership is { IsLocal: false } leadership && leadership.LeaderEpoch == leaderEpoch ? context.Log : null;
}
