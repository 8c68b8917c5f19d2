namespace ClassicBroker.Storage;

/// <summary>
/// How many files of segments may stay open: beyond that, those that have not been used lately are closed, and opened again when they are.
/// Threading: any thread; files are closed under no lock of the cache.
/// </summary>
/// <param name="capacity">The files that stay open.</param>
/// <param name="keepsUnsynced">
/// Files with changes that are not synced stay open whatever the number, because an error of writing them back is told to those who have
/// them open.
/// </param>
internal sealed class OpenFileCache(int capacity, bool keepsUnsynced)
{
    /// <summary>Files looked at for each one opened, so that opening costs the same however many are open.</summary>
    private const int LooksMax = 16;

    private readonly Lock _lock = new();
    private readonly Queue<CachedFile> _open = new();

    public bool KeepsUnsynced => keepsUnsynced;

    /// <summary>Files the cache knows of; some of them may have been closed by their owners.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>The file has been opened: another one may have to go.</summary>
    public void Add(CachedFile opened)
    {
        lock (_lock)
        {
            _open.Enqueue(opened);
        }

        for (var looks = 0; looks < LooksMax && TakeSurplus() is { } candidate; looks++)
        {
            if (!candidate.TryEvict())
            {
                lock (_lock)
                {
                    _open.Enqueue(candidate);
                }
            }
        }
    }

    /// <summary>The process has no descriptor left: closes every file that may be, used lately or not.</summary>
    public void EvictAll()
    {
        CachedFile[] all;
        lock (_lock)
        {
            all = [.. _open];
            _open.Clear();
        }

        foreach (var file in all.Where(file => !file.TryEvict(evenIfUsed: true)))
        {
            lock (_lock)
            {
                _open.Enqueue(file);
            }
        }
    }

    private CachedFile? TakeSurplus()
    {
        lock (_lock)
        {
            return _open.Count > capacity ? _open.Dequeue() : null;
        }
    }
}
