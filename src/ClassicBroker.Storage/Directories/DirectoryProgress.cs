namespace ClassicBroker.Storage;

/// <summary>
/// How many logs of one directory are loaded, and how many segments of the logs under way are still to be checked. Threading: counted
/// from the recovery loops, read from any thread.
/// </summary>
public sealed class DirectoryProgress
{
    private readonly int[] _segments;
    private int _loaded;

    internal DirectoryProgress(string path, int total, int threads)
    {
        Path = path;
        Total = total;
        _segments = new int[threads];
    }

    public string Path { get; }

    /// <summary>The logs of the directory.</summary>
    public int Total { get; }

    /// <summary>Those that are loaded.</summary>
    public int Loaded => Volatile.Read(ref _loaded);

    public int Remaining => Total - Loaded;

    public int Percent => Total == 0 ? 100 : (int)(100L * Loaded / Total);

    /// <summary>Segments that each thread has still to check of the log it is at.</summary>
    public IReadOnlyList<int> RemainingSegments =>
        [.. Enumerable.Range(0, _segments.Length).Select(thread => Volatile.Read(ref _segments[thread]))];

    /// <summary>Another log is loaded; how many are now.</summary>
    internal int Count() => Interlocked.Increment(ref _loaded);

    internal void ShowSegments(int thread, int remaining) => Volatile.Write(ref _segments[thread], remaining);
}
