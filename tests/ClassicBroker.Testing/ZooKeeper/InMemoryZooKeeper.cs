using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>
/// An ensemble in memory: the tree with its versions and transaction ids, ephemerals, one-shot watches, atomic multi, sessions that can
/// be cut and expired. Sessions connect with <see cref="Connect"/>. Threading: the test's thread only.
/// </summary>
public sealed class InMemoryZooKeeper(TimeProvider time)
{
    private readonly Dictionary<string, InMemoryZnode> _nodes = new(StringComparer.Ordinal)
    {
        ["/"] = new(null, ZnodeAcl.OpenAclUnsafe, 0, 0, 0),
    };

    private readonly List<InMemoryZooKeeperSession> _clients = [];
    private readonly List<(WatchedEventType Type, string Path)> _changes = [];
    private long _sessionId = 0x1000;
    private long _zxid = 1L << 32;

    /// <summary>Told of each transaction that went through and of the session it came from, 0 for an operator's.</summary>
    public Action<long, IReadOnlyList<ZooKeeperOp>>? Committed { get; set; }

    /// <summary>All paths, sorted.</summary>
    public IReadOnlyList<string> Paths => [.. _nodes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The number of the last transaction: while it stays the same, so does the tree.</summary>
    public long LastZxid => _zxid;

    /// <summary>A client with a session of its own, whose answers arrive on <paramref name="loop"/>.</summary>
    public InMemoryZooKeeperSession Connect(IEventLoop loop, int sessionTimeoutMs = 18_000)
    {
        var client = new InMemoryZooKeeperSession(this, loop, sessionTimeoutMs);
        _clients.Add(client);
        return client;
    }

    /// <summary>The data of a znode as text, empty where it holds none, or null where there is no such znode.</summary>
    public string? Text(string path) =>
        _nodes.TryGetValue(path, out var node) ? System.Text.Encoding.UTF8.GetString(node.Data ?? []) : null;

    /// <summary>True for a znode that was written with null data, which is not empty data.</summary>
    public bool HoldsNull(string path) => _nodes.TryGetValue(path, out var node) && node.Data is null;

    public ZnodeStat? Stat(string path) => _nodes.TryGetValue(path, out var node) ? node.Stat() : null;

    public IReadOnlyList<ZnodeAcl>? Acl(string path) => _nodes.TryGetValue(path, out var node) ? node.Acl : null;

    public IReadOnlyList<string> Children(string path) => _nodes.TryGetValue(path, out var node) ? [.. node.Children] : [];

    /// <summary>Writes as an operator's tool would: creates with parents, or sets.</summary>
    public void Put(string path, string text)
    {
        var data = System.Text.Encoding.UTF8.GetBytes(text);
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (!_nodes.ContainsKey(path[..slash]))
            {
                Apply([new CreateOp(path[..slash], default, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent)], 0);
            }
        }

        ZooKeeperOp op = _nodes.ContainsKey(path)
            ? new SetDataOp(path, data, ZnodeVersion.Any)
            : new CreateOp(path, data, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        Apply([op], 0);
    }

    /// <summary>Deletes a znode without children, as an operator's tool would.</summary>
    public void Remove(string path) => Apply([new DeleteOp(path, ZnodeVersion.Any)], 0);

    internal long NewSession() => ++_sessionId;

    /// <summary>The tree as it is now, for a server that falls behind.</summary>
    internal SortedDictionary<string, InMemoryZnode> Copy()
    {
        var copy = new SortedDictionary<string, InMemoryZnode>(StringComparer.Ordinal);
        foreach (var (path, node) in _nodes)
        {
            copy[path] = node.Copy();
        }

        return copy;
    }

    internal InMemoryZnode? Find(string path) => _nodes.GetValueOrDefault(path);

    internal void SetAcl(InMemoryZnode node, IReadOnlyList<ZnodeAcl> acl)
    {
        node.Acl = acl;
        node.Aversion++;
    }

    /// <summary>Ends a session: its ephemerals vanish, one transaction.</summary>
    internal void EndSession(long sessionId)
    {
        string[] ephemerals =
            [.. _nodes.Where(entry => entry.Value.Owner == sessionId).Select(entry => entry.Key).Order(StringComparer.Ordinal)];
        if (sessionId != 0 && ephemerals.Length > 0)
        {
            Apply([.. ephemerals.Select(path => new DeleteOp(path, ZnodeVersion.Any))], sessionId);
        }
    }

    /// <summary>Carries out all operations or none, and announces what changed.</summary>
    internal ZooKeeperMultiResult Apply(IReadOnlyList<ZooKeeperOp> operations, long sessionId)
    {
        var results = new ZooKeeperOpResult[operations.Count];
        var undo = new Stack<Action>();
        _changes.Clear();
        _zxid++;
        for (var index = 0; index < operations.Count; index++)
        {
            results[index] = ApplyOne(operations[index], sessionId, undo);
            if (results[index].Error != ZooKeeperError.None)
            {
                Undo(results, index, undo);
                return new(results);
            }
        }

        Committed?.Invoke(sessionId, operations);
        foreach (var (type, path) in _changes.ToArray())
        {
            foreach (var client in _clients)
            {
                client.Announce(type, path);
            }
        }

        return new(results);
    }

    private static void Undo(ZooKeeperOpResult[] results, int failed, Stack<Action> undo)
    {
        for (var index = 0; index < failed; index++)
        {
            results[index] = new(ZooKeeperError.None, null, null);
        }

        for (var index = failed + 1; index < results.Length; index++)
        {
            results[index] = new(ZooKeeperError.RuntimeInconsistency, null, null);
        }

        while (undo.TryPop(out var step))
        {
            step();
        }
    }

    private ZooKeeperOpResult ApplyOne(ZooKeeperOp operation, long sessionId, Stack<Action> undo) =>
        operation switch
        {
            CreateOp create => Create(create, sessionId, undo),
            DeleteOp delete => Delete(delete, undo),
            SetDataOp set => Set(set, undo),
            CheckOp check => new(Check(check.Path, check.Version), null, null),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };

    private ZooKeeperError Check(string path, int version) =>
        !_nodes.TryGetValue(path, out var node) ? ZooKeeperError.NoNode
        : version != ZnodeVersion.Any && version != node.Version ? ZooKeeperError.BadVersion
        : ZooKeeperError.None;

    private ZooKeeperOpResult Create(CreateOp create, long sessionId, Stack<Action> undo)
    {
        var parentPath = ParentOf(create.Path);
        if (!_nodes.TryGetValue(parentPath, out var parent))
        {
            return new(ZooKeeperError.NoNode, null, null);
        }

        if (parent.Owner != 0)
        {
            return new(ZooKeeperError.NoChildrenForEphemerals, null, null);
        }

        var path = create.Mode.IsSequential() ? $"{create.Path}{parent.Cversion:D10}" : create.Path;
        if (_nodes.ContainsKey(path))
        {
            return new(ZooKeeperError.NodeExists, null, null);
        }

        var owner = create.Mode.IsEphemeral() ? sessionId : 0;
        var node = new InMemoryZnode(create.Data?.ToArray(), create.Acl, owner, _zxid, time.UnixMs());
        _nodes[path] = node;
        parent.Children.Add(NameOf(path));
        var (cversion, pzxid) = (parent.Cversion, parent.Pzxid);
        parent.Cversion++;
        parent.Pzxid = _zxid;
        undo.Push(() =>
        {
            _nodes.Remove(path);
            parent.Children.Remove(NameOf(path));
            (parent.Cversion, parent.Pzxid) = (cversion, pzxid);
        });
        _changes.Add((WatchedEventType.NodeCreated, path));
        _changes.Add((WatchedEventType.NodeChildrenChanged, parentPath));
        return new(ZooKeeperError.None, path, node.Stat());
    }

    private ZooKeeperOpResult Delete(DeleteOp delete, Stack<Action> undo)
    {
        var refusal = Check(delete.Path, delete.Version);
        if (refusal != ZooKeeperError.None)
        {
            return new(refusal, null, null);
        }

        var node = _nodes[delete.Path];
        if (node.Children.Count > 0)
        {
            return new(ZooKeeperError.NotEmpty, null, null);
        }

        var parentPath = ParentOf(delete.Path);
        var parent = _nodes[parentPath];
        var (cversion, pzxid) = (parent.Cversion, parent.Pzxid);
        _nodes.Remove(delete.Path);
        parent.Children.Remove(NameOf(delete.Path));
        parent.Cversion++;
        parent.Pzxid = _zxid;
        undo.Push(() =>
        {
            _nodes[delete.Path] = node;
            parent.Children.Add(NameOf(delete.Path));
            (parent.Cversion, parent.Pzxid) = (cversion, pzxid);
        });
        _changes.Add((WatchedEventType.NodeDeleted, delete.Path));
        _changes.Add((WatchedEventType.NodeChildrenChanged, parentPath));
        return new(ZooKeeperError.None, null, null);
    }

    private ZooKeeperOpResult Set(SetDataOp set, Stack<Action> undo)
    {
        var refusal = Check(set.Path, set.Version);
        if (refusal != ZooKeeperError.None)
        {
            return new(refusal, null, null);
        }

        var node = _nodes[set.Path];
        var before = (node.Data, node.Version, node.Mzxid, node.MtimeMs);
        node.Data = set.Data?.ToArray();
        node.Version++;
        node.Mzxid = _zxid;
        node.MtimeMs = time.UnixMs();
        undo.Push(() => (node.Data, node.Version, node.Mzxid, node.MtimeMs) = before);
        _changes.Add((WatchedEventType.NodeDataChanged, set.Path));
        return new(ZooKeeperError.None, null, node.Stat());
    }

    private static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash == 0 ? "/" : path[..slash];
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
