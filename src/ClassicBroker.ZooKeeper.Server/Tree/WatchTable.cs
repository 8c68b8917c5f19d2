using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>Which listener watches which path, one kind of watch for each pair. Threading: server loop only.</summary>
internal sealed class WatchTable
{
    private readonly Dictionary<string, SortedDictionary<long, (IWatchListener Listener, WatchKind Kind)>> _byPath =
        new(StringComparer.Ordinal);

    private readonly SortedDictionary<long, SortedSet<string>> _byListener = [];
    private int _recursiveCount;

    /// <summary>Pairs of listener and path.</summary>
    public int Count { get; private set; }

    public int PathCount => _byPath.Count;

    public int ListenerCount => _byListener.Count;

    /// <summary>Paths of each listener, by its id.</summary>
    public IReadOnlyDictionary<long, SortedSet<string>> ByListener => _byListener;

    public void Add(string path, IWatchListener listener, WatchKind kind)
    {
        if (!_byPath.TryGetValue(path, out var listeners))
        {
            _byPath[path] = listeners = [];
        }

        if (listeners.TryGetValue(listener.Id, out var held))
        {
            // A one-shot watch beside a persistent one adds nothing to hear.
            kind = kind == WatchKind.Standard ? held.Kind : kind;
            _recursiveCount -= held.Kind == WatchKind.PersistentRecursive ? 1 : 0;
        }
        else
        {
            Count++;
        }

        listeners[listener.Id] = (listener, kind);
        _recursiveCount += kind == WatchKind.PersistentRecursive ? 1 : 0;
        if (!_byListener.TryGetValue(listener.Id, out var paths))
        {
            _byListener[listener.Id] = paths = new SortedSet<string>(StringComparer.Ordinal);
        }

        paths.Add(path);
    }

    public bool Contains(string path, long listenerId) =>
        _byPath.TryGetValue(path, out var listeners) && listeners.ContainsKey(listenerId);

    public bool Remove(string path, long listenerId)
    {
        if (!_byPath.TryGetValue(path, out var listeners) || !listeners.Remove(listenerId, out var held))
        {
            return false;
        }

        Count--;
        _recursiveCount -= held.Kind == WatchKind.PersistentRecursive ? 1 : 0;
        if (listeners.Count == 0)
        {
            _byPath.Remove(path);
        }

        if (_byListener.TryGetValue(listenerId, out var paths) && paths.Remove(path) && paths.Count == 0)
        {
            _byListener.Remove(listenerId);
        }

        return true;
    }

    public void RemoveAll(long listenerId)
    {
        if (_byListener.TryGetValue(listenerId, out var paths))
        {
            foreach (var path in paths.ToArray())
            {
                Remove(path, listenerId);
            }
        }
    }

    /// <summary>
    /// Tells the listeners of a path, once each, and returns them; those in <paramref name="except"/> have heard already.
    /// </summary>
    public IReadOnlyCollection<long> Trigger(
        string path, IReadOnlyList<ZnodeAcl> acl, WatchedEventType type, IReadOnlyCollection<long> except)
    {
        if (_byPath.Count == 0)
        {
            return [];
        }

        var told = new SortedDictionary<long, IWatchListener>();
        CollectAt(path, type, told);
        if (_recursiveCount > 0 && type != WatchedEventType.NodeChildrenChanged)
        {
            CollectRecursiveAbove(path, told);
        }

        foreach (var (id, listener) in told)
        {
            if (!except.Contains(id))
            {
                listener.Notify(type, path, acl);
            }
        }

        return told.Keys;
    }

    private void CollectAt(string path, WatchedEventType type, SortedDictionary<long, IWatchListener> told)
    {
        if (!_byPath.TryGetValue(path, out var listeners))
        {
            return;
        }

        foreach (var (id, (listener, kind)) in listeners.ToArray())
        {
            if (kind == WatchKind.PersistentRecursive && type == WatchedEventType.NodeChildrenChanged)
            {
                continue;
            }

            told[id] = listener;
            if (kind == WatchKind.Standard)
            {
                Remove(path, id);
            }
        }
    }

    private void CollectRecursiveAbove(string path, SortedDictionary<long, IWatchListener> told)
    {
        while (path != ZnodePath.Root)
        {
            path = ZnodePath.Parent(path);
            if (!_byPath.TryGetValue(path, out var listeners))
            {
                continue;
            }

            foreach (var (id, (listener, kind)) in listeners)
            {
                if (kind == WatchKind.PersistentRecursive)
                {
                    told[id] = listener;
                }
            }
        }
    }
}
