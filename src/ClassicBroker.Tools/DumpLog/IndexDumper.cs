using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// Prints <c>.index</c> and <c>.timeindex</c> files and holds them against their log. Used by one tool.
/// </summary>
/// <remarks>
/// <code>
/// .index       0  offset - base offset  int32     4  position               int32
/// .timeindex   0  timestamp             int64     8  offset - base offset   int32
/// </code>
/// </remarks>
internal sealed class IndexDumper(IFileSystem files, TextWriter output, DumpErrors errors, DumpOptions options)
{
    private const int OffsetEntrySize = 8;
    private const int TimeEntrySize = 12;

    public void DumpOffsetIndex(string path)
    {
        var entries = ReadOffsetIndex(path);
        if (IsDone(path, entries.Count, OffsetEntrySize))
        {
            return;
        }

        using var log = new SegmentBytes(files.Open(DumpPaths.LogOf(path), FileOpenMode.Read));
        foreach (var (offset, position) in entries)
        {
            var lastOffset = log.TryReadHeader(position, out var batch) ? batch.LastOffset : -1;
            if (lastOffset != offset)
            {
                errors.IndexMismatch(path, offset, lastOffset);
            }

            if (options.Facts is not null)
            {
                DumpFacts.AddOffset(options.Facts, path, offset, position);
            }
            else if (!options.VerifiesOnly)
            {
                output.WriteLine($"offset: {offset} position: {position}");
            }
        }
    }

    public void DumpTimeIndex(string path)
    {
        var entries = ReadTimeIndex(path);
        if (IsDone(path, entries.Count, TimeEntrySize))
        {
            return;
        }

        var positions = ReadOffsetIndex(DumpPaths.OffsetIndexOf(path));
        using var log = new SegmentBytes(files.Open(DumpPaths.LogOf(path), FileOpenMode.Read));
        var previous = RecordFormat.NoTimestamp;
        foreach (var (timestamp, offset) in entries)
        {
            var start = positions.LastOrDefault(entry => entry.Offset <= offset).Position;
            if (Find(log, start, offset) is not { } batch)
            {
                errors.OffsetNotFound(path, offset, -1);
            }
            else if (batch.LastOffset != offset)
            {
                errors.OffsetNotFound(path, offset, batch.LastOffset);
            }
            else
            {
                Compare(path, log, batch, timestamp, previous);
            }

            if (options.Facts is not null)
            {
                DumpFacts.AddTime(options.Facts, path, timestamp, offset);
            }
            else if (!options.VerifiesOnly)
            {
                output.WriteLine($"timestamp: {timestamp} offset: {offset}");
            }

            previous = timestamp;
        }
    }

    private static BatchHeader? Find(SegmentBytes log, long start, long offset)
    {
        for (var position = start; log.TryReadHeader(position, out var batch); position += batch.SizeInBytes)
        {
            if (batch.LastOffset >= offset)
            {
                return batch;
            }
        }

        return null;
    }

    private void Compare(string path, SegmentBytes log, in BatchHeader batch, long timestamp, long previous)
    {
        var max = RecordFormat.NoTimestamp;
        using var reader = RecordReader.Open(log.Read(batch));
        while (reader.MoveNext())
        {
            max = Math.Max(max, reader.Timestamp);
        }

        if (max != timestamp)
        {
            errors.TimestampMismatch(path, timestamp, max);
        }

        if (previous >= timestamp)
        {
            errors.OutOfOrderTimestamp(path, timestamp, previous);
        }
    }

    /// <summary>True where there is nothing to go through, or only the sizes were to be checked.</summary>
    private bool IsDone(string path, int count, int entrySize)
    {
        if (count == 0)
        {
            output.WriteLine($"{path} is empty.");
            return true;
        }

        if (!options.ChecksSanityOnly)
        {
            return false;
        }

        using var file = files.Open(path, FileOpenMode.Read);
        output.WriteLine(file.Length % entrySize == 0
            ? $"{path} passed sanity check."
            : $"Index file {path} is corrupt, found {file.Length} bytes which is neither positive nor a multiple of {entrySize}.");
        return true;
    }

    /// <summary>The entries; a preallocated file ends in zeros, which are none.</summary>
    private List<(long Offset, int Position)> ReadOffsetIndex(string path)
    {
        var baseOffset = DumpPaths.BaseOffset(path);
        List<(long, int)> entries = [];
        var reader = new SpanReader(files.ReadAllBytes(path));
        while (reader.Remaining >= OffsetEntrySize)
        {
            var relative = reader.ReadInt32();
            var position = reader.ReadInt32();
            if (relative == 0 && (entries.Count > 0 || position == 0))
            {
                break;
            }

            entries.Add((baseOffset + relative, position));
        }

        return entries;
    }

    private List<(long Timestamp, long Offset)> ReadTimeIndex(string path)
    {
        var baseOffset = DumpPaths.BaseOffset(path);
        List<(long, long)> entries = [];
        var reader = new SpanReader(files.ReadAllBytes(path));
        while (reader.Remaining >= TimeEntrySize)
        {
            var timestamp = reader.ReadInt64();
            var relative = reader.ReadInt32();
            if (relative == 0 && (entries.Count > 0 || timestamp == 0))
            {
                break;
            }

            entries.Add((timestamp, baseOffset + relative));
        }

        return entries;
    }
}
