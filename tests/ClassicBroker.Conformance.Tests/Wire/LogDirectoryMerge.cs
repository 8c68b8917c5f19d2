namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// Which directory, and with several brokers which broker, has a replica is chance: answers that list directories are compared for what
/// both have, wherever it lies.
/// </summary>
internal static class LogDirectoryMerge
{
    private const string Directory = "Results[";
    private const string Replica = "].Partitions[";

    public static void Apply(SortedDictionary<string, string> recorded, SortedDictionary<string, string> own)
    {
        if (!recorded.Keys.Concat(own.Keys).Any(path => path.EndsWith(".IsFutureKey", StringComparison.Ordinal)))
        {
            return;
        }

        Merge(recorded);
        Merge(own);
        foreach (var path in recorded.Keys.Except(own.Keys).Concat(own.Keys.Except(recorded.Keys)).ToList())
        {
            if (path.Contains(Replica, StringComparison.Ordinal) || path.Contains(".Topics[", StringComparison.Ordinal))
            {
                recorded.Remove(path);
                own.Remove(path);
            }
        }
    }

    private static void Merge(SortedDictionary<string, string> lines)
    {
        foreach (var path in lines.Keys.Where(path => path.StartsWith(Directory, StringComparison.Ordinal)).ToList())
        {
            var value = lines[path];
            lines.Remove(path);
            lines[$"{Directory}{path[path.IndexOf(']')..]}"] = value;
        }
    }
}
