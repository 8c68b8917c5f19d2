using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>
/// The watches the ensemble holds for us, by the paths it knows, so that a new connection can take them up again: a watch that fired while
/// we were away fires then. Threading: the client's loop only.
/// </summary>
internal sealed class WatchRegistry
{
    /// <summary>Room for paths in one request; ensembles refuse much larger ones.</summary>
    private const int BatchSizeMax = 128 * 1024;

    private readonly SortedSet<string> _data = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _exist = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _child = new(StringComparer.Ordinal);

    public void Add(WatchTarget target, string path, bool nodeExists)
    {
        switch (target)
        {
            case WatchTarget.Child:
                _child.Add(path);
                break;
            case WatchTarget.Data:
                _data.Add(path);
                break;
            case WatchTarget.Exists:
                (nodeExists ? _data : _exist).Add(path);
                break;
            default:
                break;
        }
    }

    /// <summary>A watch fired, and with that is gone.</summary>
    public void Fired(WatchedEventType type, string path)
    {
        if (type != WatchedEventType.NodeChildrenChanged)
        {
            _data.Remove(path);
            _exist.Remove(path);
        }

        if (type is WatchedEventType.NodeChildrenChanged or WatchedEventType.NodeDeleted)
        {
            _child.Remove(path);
        }
    }

    public void Clear()
    {
        _data.Clear();
        _exist.Clear();
        _child.Clear();
    }

    /// <summary>The requests that take all watches up again, as of the last transaction we know.</summary>
    public IEnumerable<SetWatchesRequest> Requests(long lastZxid)
    {
        var batch = NewBatch();
        var size = 0;
        foreach (var (kind, path) in _data.Select(p => (0, p)).Concat(_exist.Select(p => (1, p))).Concat(_child.Select(p => (2, p))))
        {
            if (size + path.Length > BatchSizeMax)
            {
                yield return Request(lastZxid, batch);
                batch = NewBatch();
                size = 0;
            }

            batch[kind].Add(path);
            size += path.Length + sizeof(int);
        }

        if (size > 0)
        {
            yield return Request(lastZxid, batch);
        }
    }

    private static List<string>[] NewBatch() => [[], [], []];

    private static SetWatchesRequest Request(long lastZxid, List<string>[] batch) => new(lastZxid, batch[0], batch[1], batch[2], [], []);
}
