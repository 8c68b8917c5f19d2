using ClassicBroker.Platform;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What a partition does while its log moves to another directory: a future log is filled from the current one and takes its place once
/// both end alike. The future log is never longer than what it was copied from: where the current one has been cut, it is cut too. Owned by
/// its <see cref="Partition"/>. Threading: any thread, one at a time; under the partition's lock where the two are compared.
/// </summary>
internal sealed class FutureRole(PartitionContext context)
{
    private const int UnknownCut = -1;

    private int _cutCount = UnknownCut;

    /// <summary>Forgets how far the two have been compared: a move begins, or begins again.</summary>
    public void Begin()
    {
        lock (context.Lock)
        {
            _cutCount = UnknownCut;
        }
    }

    /// <summary>
    /// Copies the next piece; the bytes that were copied, 0 where the future log has all, -1 where there is nothing to copy from any more.
    /// </summary>
    /// <exception cref="StorageException">A disk failed; its log directory is offline.</exception>
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

        // What is read without the lock may be cut meanwhile; the next comparison cuts the copy then.
        var piece = Read(current, future.LogEndOffset, maxBytes);
        lock (context.Lock)
        {
            if (context.Log != current)
            {
                return -1;
            }

            Append(current, future, piece);
            return piece.Length;
        }
    }

    /// <summary>
    /// Copies what is left, and has <paramref name="swap"/> put the future log in the place of the current one; false where that must wait.
    /// </summary>
    /// <exception cref="StorageException">A disk failed; its log directory is offline, and the current log stays.</exception>
    public bool TryReplace(PartitionLog future, int maxBytes, Action swap)
    {
        lock (context.Lock)
        {
            if (context.Log is not { } current || !Align(current, future) || current.IsSuspect)
            {
                return false;
            }

            Append(current, future, Read(current, future.LogEndOffset, maxBytes));
            if (future.LogEndOffset != current.LogEndOffset)
            {
                return false;
            }

            foreach (var epoch in current.EpochEntries.Where(entry => entry.Epoch > future.LatestEpoch))
            {
                // Epochs in which nothing was appended are in no batch.
                future.AssignEpochStart(epoch.Epoch, epoch.StartOffset);
            }

            future.UpdateHighWatermark(current.HighWatermark);
            swap();
            context.Log = future;
            return true;
        }
    }

    /// <summary>Cuts the future log to what the current one still has. False where the two are the same.</summary>
    private bool Align(PartitionLog current, PartitionLog future)
    {
        if (current == future)
        {
            return false;
        }

        if (future.LogEndOffset < current.LogStartOffset)
        {
            future.TruncateFullyAndStartAt(current.LogStartOffset);
        }

        var cutCount = current.CutCount;
        if (cutCount != _cutCount)
        {
            // Below its high watermark a log is the same as ever.
            future.TruncateTo(Math.Min(future.LogEndOffset, Math.Max(current.HighWatermark, future.LogStartOffset)));
            AlignByEpoch(current, future);
            _cutCount = cutCount;
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

    private static void Append(PartitionLog current, PartitionLog future, byte[] piece)
    {
        if (piece.Length > 0)
        {
            CopiedRecords.AppendTo(future, piece);
        }

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
