using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Sessions;

/// <summary>
/// Who wants to know of which znode. A read sets ZooKeeper's one-shot watch exactly where a handler stands here at the time, so that
/// re-reading re-arms. One handler per path and kind: a later one replaces the earlier.
/// Threading: any; a lock guards the two maps and is never held while a handler runs.
/// </summary>
public sealed class ZnodeWatches
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ZnodeChangeHandler> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ZnodeChildrenHandler> _children = new(StringComparer.Ordinal);

    public void Register(ZnodeChangeHandler handler)
    {
        lock (_lock)
        {
            _changes[handler.Path] = handler;
        }
    }

    public void Register(ZnodeChildrenHandler handler)
    {
        lock (_lock)
        {
            _children[handler.Path] = handler;
        }
    }

    public void UnregisterChange(string path)
    {
        lock (_lock)
        {
            _changes.Remove(path);
        }
    }

    public void UnregisterChildren(string path)
    {
        lock (_lock)
        {
            _children.Remove(path);
        }
    }

    public bool WatchesChange(string path)
    {
        lock (_lock)
        {
            return _changes.ContainsKey(path);
        }
    }

    public bool WatchesChildren(string path)
    {
        lock (_lock)
        {
            return _children.ContainsKey(path);
        }
    }

    /// <summary>Calls the handler that stands for the event now, if one still does.</summary>
    public void Dispatch(WatchedEvent triggered)
    {
        var (change, children) = Find(triggered.Path);
        switch (triggered.Type)
        {
            case WatchedEventType.NodeCreated:
                change?.Created?.Invoke();
                break;
            case WatchedEventType.NodeDeleted:
                change?.Deleted?.Invoke();
                break;
            case WatchedEventType.NodeDataChanged:
                change?.DataChanged?.Invoke();
                break;
            case WatchedEventType.NodeChildrenChanged:
                children?.ChildrenChanged();
                break;
        }
    }

    private (ZnodeChangeHandler? Change, ZnodeChildrenHandler? Children) Find(string path)
    {
        lock (_lock)
        {
            return (_changes.GetValueOrDefault(path), _children.GetValueOrDefault(path));
        }
    }
}
