namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>
/// The two tables of watches: those left by exists and getData, and those left by getChildren. Threading: server loop only.
/// </summary>
internal sealed class WatchTables
{
    public WatchTable Data { get; } = new();

    public WatchTable Child { get; } = new();

    public void NodeCreated(string path, IReadOnlyList<ZnodeAcl> acl, string parent, IReadOnlyList<ZnodeAcl> parentAcl)
    {
        Data.Trigger(path, acl, WatchedEventType.NodeCreated, []);
        Child.Trigger(parent, parentAcl, WatchedEventType.NodeChildrenChanged, []);
    }

    public void NodeDeleted(string path, IReadOnlyList<ZnodeAcl> acl, string parent, IReadOnlyList<ZnodeAcl> parentAcl)
    {
        var told = Data.Trigger(path, acl, WatchedEventType.NodeDeleted, []);
        Child.Trigger(path, acl, WatchedEventType.NodeDeleted, told);
        Child.Trigger(parent, parentAcl, WatchedEventType.NodeChildrenChanged, []);
    }

    public void NodeDataChanged(string path, IReadOnlyList<ZnodeAcl> acl) => Data.Trigger(path, acl, WatchedEventType.NodeDataChanged, []);

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
