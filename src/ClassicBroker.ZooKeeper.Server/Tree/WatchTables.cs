namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>
/// The two tables of watches: those left by exists and getData, and those left by getChildren. Threading: server loop only.
/// </summary>
internal sealed class WatchTables
{
    public WatchTable Data { get; } = new();

    public WatchTable Child { get; } = new();

    public void NodeCreated(string path, string parent)
    {
        Data.Trigger(path, WatchedEventType.NodeCreated, []);
        Child.Trigger(parent, WatchedEventType.NodeChildrenChanged, []);
    }

    public void NodeDeleted(string path, string parent)
    {
        var told = Data.Trigger(path, WatchedEventType.NodeDeleted, []);
        Child.Trigger(path, WatchedEventType.NodeDeleted, told);
        Child.Trigger(parent, WatchedEventType.NodeChildrenChanged, []);
    }

    public void NodeDataChanged(string path) => Data.Trigger(path, WatchedEventType.NodeDataChanged, []);

    /// <summary>Watches a path in both tables, until removed.</summary>
    public void AddPersistent(string path, IWatchListener listener, WatchKind kind)
    {
        Data.Add(path, listener, kind);
        Child.Add(path, listener, kind);
    }

    public void RemoveAll(long listenerId)
    {
        Data.RemoveAll(listenerId);
        Child.RemoveAll(listenerId);
    }
}
