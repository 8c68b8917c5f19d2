using System.Buffers;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Splits a segment whose offsets outgrow its base, as cleaners of old brokers left them, into segments that begin at the first batch that
/// does not fit the one before (Kafka's splitOverflowedSegment). Only log files are written: the loading that follows rebuilds indexes that
/// are missing. Threading: the loop that loads the log.
/// <para>Failure: the parts become <c>.swap</c> from the last to the first, and final from the first to the last, each name durable before
/// the next; so <see cref="InterruptedCleaning"/> finds either the old segment whole or all parts.</para>
/// </summary>
internal sealed class SegmentSplit(TopicPartition partition, PartitionDirectory directory, ILogger logger)
{
    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix, LogFileNames.OffsetIndexSuffix, LogFileNames.TimeIndexSuffix, LogFileNames.TransactionIndexSuffix,
    ];

    /// <summary>False where the segment cannot be walked up to what does not fit; it is left as it is then.</summary>
    public bool TrySplit(long baseOffset)
    {
        var (source, end) = Open(baseOffset);
        using var closing = source;
        var parts = PartsOf(source, baseOffset, end);
        if (parts.Count == 0 || (parts.Count == 1 && parts[0].BaseOffset == baseOffset))
        {
            return false;
        }

        if (parts[0].BaseOffset != baseOffset)
        {
            // Nothing fits the name: under its first batch's it is a segment like others, or one to be split.
            logger.LogInformation(
                "[LogLoader partition={Partition}] Segment {BaseOffset} begins at {FirstOffset} and is named by that",
                partition, baseOffset, parts[0].BaseOffset);
            source.Dispose();
            MoveTo(baseOffset, parts[0].BaseOffset);
            return true;
        }

        logger.LogInformation(
            "[LogLoader partition={Partition}] Splitting overflowed segment {BaseOffset} into segments {Parts}",
            partition, baseOffset, string.Join(", ", parts.Select(part => part.BaseOffset)));
        var writtenMs = source.LastWriteTimeMs;
        for (var i = 0; i < parts.Count; i++)
        {
            Write(source, parts[i], i + 1 < parts.Count ? parts[i + 1].Start : source.Size, writtenMs);
        }

        source.Dispose();
        Replace(baseOffset, parts);
        return true;
    }

    /// <summary>The segment's file, and where the next segment begins.</summary>
    private (SegmentFile Source, long End) Open(long baseOffset)
    {
        var (length, end) = (0L, long.MaxValue);
        foreach (var entry in directory.Files.List(directory.Path))
        {
            if (LogFileNames.IsOffsetFile(entry.Name, LogFileNames.LogSuffix, out var offset))
            {
                length = offset == baseOffset ? entry.Length : length;
                end = offset > baseOffset ? Math.Min(end, offset) : end;
            }
        }

        return (new SegmentFile(directory, baseOffset, length), end);
    }

    /// <summary>Where the parts begin. What follows the last batch in order goes with the last part, for recovery to judge.</summary>
    private static List<Part> PartsOf(SegmentFile source, long baseOffset, long end)
    {
        var parts = new List<Part>();
        using var scanner = new BatchScanner(source, 0, int.MaxValue, BatchScanner.FileWindow);
        var (start, last) = (baseOffset, baseOffset - 1);
        try
        {
            while (scanner.MoveNext() && IsBehind(scanner.Current, last) && scanner.Current.LastOffset < end)
            {
                var batch = scanner.Current;
                var isTooFar = batch.LastOffset - start > int.MaxValue;
                if (isTooFar)
                {
                    start = FirstOffset(batch, scanner.ReadCurrent(), last);
                }

                if (isTooFar || parts.Count == 0)
                {
                    parts.Add(new(start, (int)batch.Position));
                }

                last = batch.LastOffset;
            }
        }
        catch (RecordsException)
        {
            // The first batch that is none ends the walk, whatever is wrong with it.
        }

        return parts;
    }

    private static bool IsBehind(in BatchHeader batch, long last) =>
        batch.LastOffset > last
        && batch.LastOffset >= batch.BaseOffset
        && (batch.Magic < RecordFormat.MagicV2 || batch.BaseOffset > last);

    /// <summary>Compressed batches of the old formats hold it within; it must fit all the same.</summary>
    private static long FirstOffset(in BatchHeader batch, ReadOnlySpan<byte> bytes, long last)
    {
        if (batch.Magic >= RecordFormat.MagicV2 || !batch.IsCompressed)
        {
            return batch.BaseOffset;
        }

        using var records = RecordReader.Open(bytes);
        var first = records.MoveNext() ? records.Offset : batch.LastOffset;
        return Math.Clamp(first, Math.Max(last + 1, batch.LastOffset - int.MaxValue), batch.LastOffset);
    }

    private void MoveTo(long baseOffset, long newBaseOffset)
    {
        foreach (var suffix in Suffixes.Where(suffix => suffix != LogFileNames.LogSuffix))
        {
            directory.Files.DeleteFile(PathOf(baseOffset, suffix));
        }

        directory.Files.Rename(PathOf(baseOffset, LogFileNames.LogSuffix), PathOf(newBaseOffset, LogFileNames.LogSuffix));
        directory.SyncEntries();
    }

    private void Write(SegmentFile source, Part part, int end, long writtenMs)
    {
        using (var target = new SegmentFile(directory, part.BaseOffset, size: 0, suffix: LogFileNames.CleanedSuffix))
        {
            target.Create(preallocatedBytes: 0);
            var buffer = ArrayPool<byte>.Shared.Rent(BatchScanner.FileWindow);
            for (var position = part.Start; position < end;)
            {
                var piece = buffer.AsSpan(0, Math.Min(buffer.Length, end - position));
                var read = source.Read(piece, position);
                Invariant.Require(read > 0);
                target.Append(piece[..read]);
                position += read;
            }

            ArrayPool<byte>.Shared.Return(buffer);
            target.Sync();
        }

        directory.Files.SetLastWriteTimeMs(PathOf(part.BaseOffset, LogFileNames.LogSuffix) + LogFileNames.CleanedSuffix, writtenMs);
    }

    private void Replace(long baseOffset, List<Part> parts)
    {
        foreach (var part in Enumerable.Reverse(parts))
        {
            var path = PathOf(part.BaseOffset, LogFileNames.LogSuffix);
            directory.Files.Rename(path + LogFileNames.CleanedSuffix, path + LogFileNames.SwapSuffix);
            directory.SyncEntries();
        }

        var replaced = Suffixes.Select(suffix => PathOf(baseOffset, suffix)).Where(directory.Files.FileExists).ToList();
        foreach (var path in replaced)
        {
            directory.Files.Rename(path, path + LogFileNames.DeletedSuffix);
        }

        directory.SyncEntries();
        foreach (var part in parts)
        {
            var path = PathOf(part.BaseOffset, LogFileNames.LogSuffix);
            directory.Files.Rename(path + LogFileNames.SwapSuffix, path);
            directory.SyncEntries();
        }

        foreach (var path in replaced)
        {
            directory.Files.DeleteFile(path + LogFileNames.DeletedSuffix);
        }
    }

    private string PathOf(long baseOffset, string suffix) => directory.File(LogFileNames.Of(baseOffset, suffix));

    /// <param name="BaseOffset">Names the segment.</param>
    /// <param name="Start">Where it begins in the old one.</param>
    private readonly record struct Part(long BaseOffset, int Start);
}
