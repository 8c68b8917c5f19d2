using System.Globalization;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>A partition's log on the disk of a machine, whether a process has it open or not. Stateless.</summary>
internal static class StoredLog
{
    private const string Suffix = ".log";
    private const string FutureSuffix = "-future";

    /// <summary>The offset behind the last whole batch; 0 where the disk has no log of the partition.</summary>
    public static long EndOffset(SimulatedFileSystem files, TopicPartition partition)
    {
        var end = 0L;
        foreach (var root in files.List("/").Where(root => root.IsDirectory))
        {
            foreach (var directory in files.List($"/{root.Name}").Where(entry => entry.IsDirectory && IsOf(entry.Name, partition)))
            {
                end = Math.Max(end, EndOffset(files, $"/{root.Name}/{directory.Name}"));
            }
        }

        return end;
    }

    /// <summary>
    /// Would a record outlive a power cut? It is in what is synced of a segment, or behind it is one that begins later: it was deleted.
    /// </summary>
    public static bool HoldsSynced(SimulatedFileSystem files, TopicPartition partition, long offset)
    {
        foreach (var root in files.SyncedDirectories("/"))
        {
            foreach (var directory in files.SyncedDirectories($"/{root}").Where(name => IsOf(name, partition)))
            {
                var path = $"/{root}/{directory}";
                var segments = files.SyncedFiles(path).Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)).ToList();
                if (segments.Count > 0
                    && (segments.FindLast(name => BaseOffsetOf(name) <= offset) is not { } holder
                        || EndOffset(BaseOffsetOf(holder), files.SyncedContentOf(path, holder)) > offset))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Where the first segment in a log's directory begins, and how large it is.</summary>
    public static (long BaseOffset, long Size) FirstSegment(SimulatedFileSystem files, string directory)
    {
        var first = files.List(directory)
            .Where(file => file.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .MinBy(file => file.Name, StringComparer.Ordinal);
        return (BaseOffsetOf(first.Name), first.Length);
    }

    /// <summary>One that takes another's place has for a moment the only name by which a start finds it (<c>-future</c>).</summary>
    private static bool IsOf(string name, TopicPartition partition) =>
        name == partition.ToString()
        || (name.StartsWith($"{partition}.", StringComparison.Ordinal) && name.EndsWith(FutureSuffix, StringComparison.Ordinal));

    private static long EndOffset(SimulatedFileSystem files, string directory)
    {
        var names = files.List(directory).Select(file => file.Name).Where(name => name.EndsWith(Suffix, StringComparison.Ordinal));
        if (names.Max(StringComparer.Ordinal) is not { } last)
        {
            return 0;
        }

        return EndOffset(BaseOffsetOf(last), files.ContentOf($"{directory}/{last}"));
    }

    private static long BaseOffsetOf(string name) => long.Parse(name.AsSpan(0, name.Length - Suffix.Length), CultureInfo.InvariantCulture);

    private static long EndOffset(long baseOffset, byte[] content)
    {
        var end = baseOffset;
        try
        {
            foreach (var batch in new BatchIterator(content))
            {
                end = batch.NextOffset;
            }
        }
        catch (CorruptRecordException)
        {
            // A write that was torn, or room that was never written: the log ends before it.
        }

        return end;
    }
}
