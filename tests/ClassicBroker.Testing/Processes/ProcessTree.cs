namespace ClassicBroker.Testing.Processes;

/// <summary>Which processes others have started, as /proc tells. Stateless.</summary>
public static class ProcessTree
{
    /// <summary>Processes of a name, of which the kernel keeps 15 characters, that one process has started.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent, string name) =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).OfType<string>().Where(each => each.All(char.IsAsciiDigit)).Select(int.Parse)
            .Where(process => IsChild(process, parent, name))];

    private static bool IsChild(int process, int parent, string name)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/status");
            return status.StartsWith($"Name:\t{name[..Math.Min(name.Length, 15)]}\n", StringComparison.Ordinal)
                && status.Contains($"\nPPid:\t{parent}\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }
}
