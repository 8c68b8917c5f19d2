namespace ClassicBroker.Storage;

/// <summary>
/// How far the loading of logs at start has come, by log directory. Made by the broker, filled while the directories are loaded. Threading:
/// counted from the recovery loops, read from any thread.
/// </summary>
public sealed class LogLoading
{
    private readonly SortedDictionary<string, DirectoryProgress> _directories = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private volatile bool _hasEnded;

    /// <summary>The directories that are being loaded or were, in the order of their paths.</summary>
    public IReadOnlyList<DirectoryProgress> Directories
    {
        get
        {
            lock (_lock)
            {
                return [.. _directories.Values];
            }
        }
    }

    /// <summary>All logs are loaded.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>How much of all logs is loaded, in percent; full where there is nothing to load.</summary>
    public double Percent
    {
        get
        {
            var directories = Directories;
            var total = directories.Sum(directory => directory.Total);
            return total == 0 ? (HasEnded ? 100 : 0) : 100.0 * directories.Sum(directory => directory.Loaded) / total;
        }
    }

    internal void End() => _hasEnded = true;

    internal DirectoryProgress Begin(string path, int logs, int threads)
    {
        var progress = new DirectoryProgress(path, logs, threads);
        lock (_lock)
        {
            _directories[path] = progress;
        }

        return progress;
    }
}
