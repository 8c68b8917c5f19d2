using ClassicBroker.Platform;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What a partition does while its log moves to another directory: a future log is filled from the current one and takes its place once
/// both end alike. Where the current one has been cut, the future log is cut too. Owned by its <see cref="Partition"/>. Threading: any
/// thread, one at a time; under the partition's lock where the two are compared, and not while records are copied: the disk they are
/// copied to may be slow, and clients of the partition do not wait for it.
/// </summary>
internal sealed class FutureRole(PartitionContext context)
{
    private bool _isCompared;

    /// <summary>Forgets that the two have been compared: a move begins, or begins again.</summary>
    public void Begin()
    {
        lock (context.Lock)
        {
            _isCompared = false;
        }
    }

    /// <summary>
    /// Copies the next piece; the bytes that were copied, 0 where the future log has all, -1 where there is nothing to copy from any more.
    /// </summary>
    /// <exception cref="StorageException">A disk failed; its log directory is offline.</exception>
    /// <exception cref="Records.RecordsException">The piece is broken: it was cut while it was read, or it lies so on the disk.</exception>
    /// <exception cref="UnexpectedAppendOffsetException">The piece is not what was asked for: it was cut while it was read.</exception>
    public int Copy(PartitionLog future, int maxBytes)
    {
        PartitionLog? current;
        lock (context.Lock)
        {
            current = context.Log;
            if (current is null || !Align(current, future))
            {
                return -1;
            }
        }

        // Where the log is cut meanwhile, the next comparison cuts the copy.
        var copied = Append(future, Read(current, future.LogEndOffset, maxBytes));
        lock (context.Lock)
        {
            if (context.Log != current || !Align(current, future))
            {
                return -1;
            }

            AdoptBounds(current, future);
            return copied;
        }
    }

    /// <summary>
    /// Copies the little that may be left, and has <paramref name="swap"/> put the future log in the place of the current one: with
    /// <paramref name="isSyncing"/> when all of it is durable.
    /// </summary>
    /// <exception cref="StorageException">A disk failed; its log directory is offline, and the current log stays.</exception>
    public LogDirSwap TryReplace(PartitionLog future, int maxBytes, bool isSyncing, Action swap)
    {
        lock (context.Lock)
        {
            if (context.Log is not { } current || !Align(current, future) || current.IsSuspect)
            {
                return LogDirSwap.MustWait;
            }

            Append(future, Read(current, future.LogEndOffset, maxBytes));
            AdoptBounds(current, future);
            if (future.LogEndOffset != current.LogEndOffset)
            {
                return LogDirSwap.IsBehind;
            }

            if (isSyncing && future.SyncedOffset < future.LogEndOffset)
            {
                future.FlushRecords();
            }

            foreach (var epoch in current.EpochEntries.Where(entry => entry.Epoch > future.LatestEpoch))
            {
                // Epochs in which nothing was appended are in no batch.
                future.AssignEpochStart(epoch.Epoch, epoch.StartOffset);
            }

            swap();
            context.Log = future;
            return LogDirSwap.Done;
        }
    }

    /// <summary>Cuts the future log to what the current one still has. False where the two are the same.</summary>
    private bool Align(PartitionLog current, PartitionLog future)
    {
        if (current == future)
        {
            return false;
        }

        var cut = current.TakeLowestCut();
        if (_isCompared)
        {
            future.TruncateTo(Math.Min(future.LogEndOffset, cut));
        }
        else
        {
            // Below its high watermark a log is the same as ever.
            future.TruncateTo(Math.Min(future.LogEndOffset, Math.Max(current.HighWatermark, future.LogStartOffset)));
            AlignByEpoch(current, future);
            _isCompared = true;
        }

        if (future.LogEndOffset < current.LogStartOffset)
        {
            future.TruncateFullyAndStartAt(current.LogStartOffset);
        }

        return true;
    }

    private static void AlignByEpoch(PartitionLog current, PartitionLog future)
    {
        while (future.LatestEpoch is { IsKnown: true } latest)
        {
            var point = TruncationPoint.Of(current.EndOffsetForEpoch(latest), future, future.HighWatermark);
            if (!future.TruncateTo(point.Offset) || point.IsFinal)
            {
                return;
            }
        }
    }

    private static int Append(PartitionLog future, byte[] piece)
    {
        if (piece.Length > 0)
        {
            CopiedRecords.AppendTo(future, piece);
        }

        return piece.Length;
    }

    private static void AdoptBounds(PartitionLog current, PartitionLog future)
    {
        future.UpdateHighWatermark(current.HighWatermark);
        future.AdvanceLogStart(Math.Min(current.LogStartOffset, future.HighWatermark));
    }

    private static byte[] Read(PartitionLog current, long from, int maxBytes)
    {
        var read = current.Read(from, maxBytes, FetchIsolation.LogEnd, minOneMessage: true);
        if (read.Records is not { } region)
        {
            return [];
        }

        try
        {
            var bytes = new byte[region.Length];
            var length = region.File.Read(bytes, region.Position);
            return length == bytes.Length ? bytes : bytes[..length];
        }
        finally
        {
            region.File.Release();
        }
    }
}
