using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Puts in order what a crash left of a cleaning. Output that was still being written (<c>.cleaned</c>) goes; output that was finished
/// (<c>.swap</c>) replaces every segment it was made of; what was on its way out (<c>.deleted</c>) goes.
/// Threading: the loop that loads the log.
/// <para>Failure: a <c>.swap</c> that is cut off or damaged is not believed, as Kafka believes it. The segments it was made of, which are
/// still there or only renamed, stay in its place. Each step can be repeated after a crash in the middle.</para>
/// </summary>
internal sealed class InterruptedCleaning(TopicPartition partition, PartitionDirectory directory, ILogger logger)
{
    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix,
        LogFileNames.OffsetIndexSuffix,
        LogFileNames.TimeIndexSuffix,
        LogFileNames.TransactionIndexSuffix,
        LogFileNames.ProducerSnapshotSuffix,
    ];

    public void Finish()
    {
        RemoveUnfinished();
        foreach (var damaged in SwapsOfLogs().Where(swap => !IsIntact(swap)).ToList())
        {
            GiveUp(damaged);
        }

        foreach (var name in Names().Where(name => name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal)))
        {
            Delete(name);
        }

        if (Names().Any(IsSwap))
        {
            Swap();
        }
    }

    private static bool IsSwap(string name) => name.EndsWith(LogFileNames.SwapSuffix, StringComparison.Ordinal);

    /// <summary>Output whose writing had not finished, and swaps that had not begun before it: their originals are all there.</summary>
    private void RemoveUnfinished()
    {
        var least = long.MaxValue;
        var cleaned = Names().Where(name => name.EndsWith(LogFileNames.CleanedSuffix, StringComparison.Ordinal)).ToList();
        foreach (var name in cleaned)
        {
            least = LogFileNames.TryParseOffset(name, out var offset) ? Math.Min(least, offset) : least;
        }

        // The swaps go first, and for good: without the output before them they would be believed.
        var swaps = Names().Where(name => IsSwap(name) && LogFileNames.TryParseOffset(name, out var offset) && offset >= least).ToList();
        swaps.ForEach(Delete);
        if (swaps.Count > 0)
        {
            directory.SyncEntries();
        }

        cleaned.ForEach(Delete);
    }

    private bool IsIntact(SwapFile swap)
    {
        using var file = new SegmentFile(directory, swap.BaseOffset, swap.Length, suffix: LogFileNames.SwapSuffix);
        return EndOfBatches(file, swap.BaseOffset, out _) == file.Size;
    }

    /// <summary>Where the good batches end, and the offset behind them.</summary>
    private static int EndOfBatches(SegmentFile file, long baseOffset, out long nextOffset)
    {
        using var scanner = new BatchScanner(file, 0, int.MaxValue, BatchScanner.FileWindow);
        nextOffset = baseOffset + 1;
        var end = 0;
        try
        {
            while (scanner.MoveNext() && scanner.IsCurrentIntact())
            {
                nextOffset = scanner.Current.NextOffset;
                end = scanner.Position;
            }
        }
        catch (RecordsException)
        {
            // The first batch that is none ends the file, whatever is wrong with it.
        }

        return end;
    }

    private void GiveUp(SwapFile swap)
    {
        var restored = Restore(swap.BaseOffset);
        if (directory.Files.FileExists(PathOf(swap.BaseOffset, LogFileNames.LogSuffix)))
        {
            logger.LogWarning(
                "[LogLoader partition={Partition}] The output of an interrupted cleaning at {BaseOffset} is damaged; the segments it was made of stay "
                + "({Restored} restored)",
                partition, swap.BaseOffset, restored);
            foreach (var name in Names().Where(name => IsSwap(name) && IsOf(name, swap.BaseOffset)))
            {
                Delete(name);
            }

            return;
        }

        using var file = new SegmentFile(directory, swap.BaseOffset, swap.Length, suffix: LogFileNames.SwapSuffix);
        var end = EndOfBatches(file, swap.BaseOffset, out _);
        logger.LogError(
            "[LogLoader partition={Partition}] The output of an interrupted cleaning at {BaseOffset} is damaged and the segments it was made of are "
            + "gone: records in {Bytes} bytes of it are lost",
            partition, swap.BaseOffset, file.Size - end);
        file.TruncateTo(end);
        file.Sync();
    }

    /// <summary>
    /// Gives segments their names back that were renamed for deletion, from the base of the swap to the next segment that was not.
    /// </summary>
    private int Restore(long swapBase)
    {
        var live = BasesOf(LogFileNames.LogSuffix);
        var next = live.Where(offset => offset > swapBase).DefaultIfEmpty(long.MaxValue).Min();
        var end = live.Contains(swapBase) ? EndOf(swapBase, LogFileNames.LogSuffix) : swapBase;
        var restored = 0;
        foreach (var offset in BasesOf(LogFileNames.LogSuffix + LogFileNames.DeletedSuffix).Where(offset => offset < next))
        {
            if (offset < end)
            {
                continue;
            }

            end = EndOf(offset, LogFileNames.LogSuffix + LogFileNames.DeletedSuffix);
            foreach (var suffix in Suffixes)
            {
                var deleted = PathOf(offset, suffix + LogFileNames.DeletedSuffix);
                if (directory.Files.FileExists(deleted))
                {
                    directory.Files.Rename(deleted, PathOf(offset, suffix));
                }
            }

            restored++;
        }

        if (restored > 0)
        {
            directory.SyncEntries();
        }

        return restored;
    }

    private long EndOf(long baseOffset, string suffix)
    {
        var length = directory.Files.List(directory.Path).First(entry => entry.Name == LogFileNames.Of(baseOffset, suffix)).Length;
        using var file = new SegmentFile(directory, baseOffset, length, suffix: suffix[LogFileNames.LogSuffix.Length..]);
        EndOfBatches(file, baseOffset, out var next);
        return next;
    }

    private void Swap()
    {
        var (least, end) = (long.MaxValue, long.MinValue);
        foreach (var swap in SwapsOfLogs())
        {
            using var file = new SegmentFile(directory, swap.BaseOffset, swap.Length, suffix: LogFileNames.SwapSuffix);
            EndOfBatches(file, swap.BaseOffset, out var next);
            (least, end) = (Math.Min(least, swap.BaseOffset), Math.Max(end, next));
        }

        foreach (var name in Names().Where(name => IsSegmentFile(name, out var offset) && offset >= least && offset < end))
        {
            logger.LogInformation(
                "[LogLoader partition={Partition}] Deleting segment file {Name} that is compacted but has not been deleted yet", partition, name);
            Delete(name);
        }

        // From the first on, each durable before the next: what is left after a crash replaces nothing that is in place already.
        foreach (var segment in Names().Where(IsSwap).GroupBy(BaseOf).OrderBy(segment => segment.Key))
        {
            foreach (var swap in segment)
            {
                directory.Files.Rename(directory.File(swap), directory.File(swap[..^LogFileNames.SwapSuffix.Length]));
            }

            directory.SyncEntries();
        }
    }

    private static long BaseOf(string name) => LogFileNames.TryParseOffset(name, out var offset) ? offset : long.MaxValue;

    private static bool IsSegmentFile(string name, out long offset) =>
        LogFileNames.IsIndex(name, out offset) || LogFileNames.IsOffsetFile(name, LogFileNames.LogSuffix, out offset);

    private static bool IsOf(string name, long baseOffset) => LogFileNames.TryParseOffset(name, out var offset) && offset == baseOffset;

    private List<string> Names() =>
        [.. directory.Files.List(directory.Path).Where(entry => !entry.IsDirectory).Select(entry => entry.Name)];

    private List<SwapFile> SwapsOfLogs()
    {
        var swaps = new List<SwapFile>();
        foreach (var entry in directory.Files.List(directory.Path))
        {
            if (LogFileNames.IsOffsetFile(entry.Name, LogFileNames.LogSuffix + LogFileNames.SwapSuffix, out var baseOffset))
            {
                swaps.Add(new(baseOffset, entry.Length));
            }
        }

        return swaps;
    }

    private List<long> BasesOf(string suffix)
    {
        var offsets = new List<long>();
        foreach (var name in Names())
        {
            if (LogFileNames.IsOffsetFile(name, suffix, out var offset))
            {
                offsets.Add(offset);
            }
        }

        return offsets;
    }

    private string PathOf(long baseOffset, string suffix) => directory.File(LogFileNames.Of(baseOffset, suffix));

    private void Delete(string name) => directory.Files.DeleteFile(directory.File(name));

    private readonly record struct SwapFile(long BaseOffset, long Length);
}
