using System.Globalization;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>How far a partition's log goes on the disk of a machine, whether a process has it open or not. Stateless.</summary>
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

        var end = long.Parse(last.AsSpan(0, last.Length - Suffix.Length), CultureInfo.InvariantCulture);
        try
        {
            foreach (var batch in new BatchIterator(files.ContentOf($"{directory}/{last}")))
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
