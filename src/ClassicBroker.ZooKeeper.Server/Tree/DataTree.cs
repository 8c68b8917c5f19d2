using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>
/// The znodes, changed by transactions alone, so that replaying the log gives the same tree. Transactions are checked before they are made
/// (<see cref="TxnPreparer"/>); applying one over a snapshot that has it already changes nothing. Threading: server loop only.
/// </summary>
internal sealed class DataTree
{
    private readonly WatchTables _watches;
    private readonly Dictionary<string, Znode> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, SortedSet<string>> _ephemerals = [];
    private readonly SortedSet<string> _containers = new(StringComparer.Ordinal);

    public DataTree(WatchTables watches)
    {
        _watches = watches;
        _nodes[ZnodePath.Root] = new Znode { Acl = ZnodeAcl.OpenAclUnsafe };
    }

    /// <summary>The last transaction applied.</summary>
    public long LastZxid { get; set; }

    public int Count => _nodes.Count;

    /// <summary>Bytes of paths and data.</summary>
    public long ApproximateSize => _nodes.Sum(node => (long)node.Key.Length + (node.Value.Data?.Length ?? 0));

    public IReadOnlyDictionary<long, SortedSet<string>> Ephemerals => _ephemerals;

    /// <summary>Znodes that go by themselves once they have no children: containers, and those with a time to live.</summary>
    public IReadOnlyCollection<string> Containers => _containers;

    public int EphemeralCount => _ephemerals.Values.Sum(paths => paths.Count);

    /// <summary>A tree as an empty server has it: the root and ZooKeeper's own znodes.</summary>
    public static DataTree CreateEmpty(WatchTables watches)
    {
        var tree = new DataTree(watches);
        tree.Restore("/zookeeper", new Znode { Acl = ZnodeAcl.OpenAclUnsafe });
        tree.Restore("/zookeeper/config", new Znode { Data = [], Acl = ZnodeAcl.ReadAclUnsafe, Aversion = -1 });
        tree.Restore("/zookeeper/quota", new Znode { Data = [], Acl = ZnodeAcl.OpenAclUnsafe });
        return tree;
    }

    public Znode? Find(string path) => _nodes.GetValueOrDefault(path);

    /// <summary>The paths a session owns, sorted.</summary>
    public IReadOnlyCollection<string> EphemeralsOf(long sessionId) =>
        _ephemerals.TryGetValue(sessionId, out var paths) ? paths : [];

    /// <summary>Znodes below a path.</summary>
    public int CountDescendants(string path)
    {
        var prefix = path == ZnodePath.Root ? path : path + "/";
        return _nodes.Keys.Count(other => other.Length > prefix.Length && other.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>All znodes, parents before children, children in order.</summary>
    public IEnumerable<KeyValuePair<string, Znode>> Walk()
    {
        var open = new Stack<string>();
        open.Push(ZnodePath.Root);
        while (open.TryPop(out var path))
        {
            var node = _nodes[path];
            yield return new KeyValuePair<string, Znode>(path, node);
            foreach (var name in node.Children.Reverse())
            {
                open.Push(ZnodePath.Child(path, name));
            }
        }
    }

    /// <summary>Puts a znode of a snapshot in its place, under a parent that is there already.</summary>
    public void Restore(string path, Znode node)
    {
        _nodes[path] = node;
        if (path != ZnodePath.Root)
        {
            _nodes[ZnodePath.Parent(path)].AddChild(ZnodePath.Name(path));
        }

        RememberOwner(path, node.Owner);
    }

    /// <summary>
    /// Applies a transaction and fires the watches it concerns. Returns, for it or for each within a multi, what the znode set or created
    /// was like just then.
    /// </summary>
    public IReadOnlyList<ZnodeStat> Apply(in TxnHeader header, Txn txn)
    {
        LastZxid = Math.Max(LastZxid, header.Zxid);
        var txns = txn is MultiTxn multi ? multi.Txns : [txn];
        var stats = new ZnodeStat[txns.Count];
        for (var i = 0; i < stats.Length; i++)
        {
            ApplyOne(header, txns[i]);
            stats[i] = StatAfter(txns[i]);
        }

        return stats;
    }

    private ZnodeStat StatAfter(Txn txn)
    {
        var path = txn switch
        {
            CreateTxn create => create.Path,
            SetDataTxn set => set.Path,
            SetAclTxn set => set.Path,
            _ => null,
        };
        return path is not null && _nodes.TryGetValue(path, out var node) ? node.Stat : default;
    }

    private void ApplyOne(in TxnHeader header, Txn txn)
    {
        switch (txn)
        {
            case CreateTxn create:
                Create(header, create);
                break;
            case DeleteTxn delete:
                Delete(delete.Path, header.Zxid);
                break;
            case SetDataTxn set:
                SetData(header, set);
                break;
            case SetAclTxn set:
                SetAcl(set);
                break;
            case CloseSessionTxn close:
                DeleteEphemerals(header, close);
                break;
            default:
                // Sessions, checks and errors leave the tree as it is.
                break;
        }
    }

    private void Create(in TxnHeader header, CreateTxn txn)
    {
        var parentPath = ZnodePath.Parent(txn.Path);
        if (!_nodes.TryGetValue(parentPath, out var parent))
        {
            return;
        }

        parent.CreateCount = Math.Max(parent.CreateCount, txn.ParentCreateCount);
        parent.Pzxid = Math.Max(parent.Pzxid, header.Zxid);
        if (!parent.AddChild(ZnodePath.Name(txn.Path)))
        {
            return;
        }

        _nodes[txn.Path] = new Znode
        {
            Data = txn.Data,
            Acl = txn.Acl,
            Czxid = header.Zxid,
            Mzxid = header.Zxid,
            Pzxid = header.Zxid,
            CtimeMs = header.TimeMs,
            MtimeMs = header.TimeMs,
            Owner = txn.Owner,
        };
        RememberOwner(txn.Path, txn.Owner);
        _watches.NodeCreated(txn.Path, txn.Acl, parentPath, parent.Acl);
    }

    private void Delete(string path, long zxid)
    {
        if (!_nodes.Remove(path, out var node))
        {
            return;
        }

        var parentPath = ZnodePath.Parent(path);
        if (_nodes.TryGetValue(parentPath, out var parent))
        {
            parent.RemoveChild(ZnodePath.Name(path));
            parent.Pzxid = Math.Max(parent.Pzxid, zxid);
        }

        ForgetOwner(path, node.Owner);
        _watches.NodeDeleted(path, node.Acl, parentPath, parent?.Acl ?? []);
    }

    private void SetData(in TxnHeader header, SetDataTxn txn)
    {
        if (!_nodes.TryGetValue(txn.Path, out var node))
        {
            return;
        }

        node.Data = txn.Data;
        node.Version = txn.Version;
        node.Mzxid = header.Zxid;
        node.MtimeMs = header.TimeMs;
        _watches.NodeDataChanged(txn.Path, node.Acl);
    }

    private void SetAcl(SetAclTxn txn)
    {
        if (_nodes.TryGetValue(txn.Path, out var node))
        {
            node.Acl = txn.Acl;
            node.Aversion = txn.Aversion;
        }
    }

    private void DeleteEphemerals(in TxnHeader header, CloseSessionTxn txn)
    {
        // Logs of servers before 3.6 do not name the paths; there the tree knows them.
        foreach (var path in txn.Paths ?? [.. EphemeralsOf(header.SessionId)])
        {
            Delete(path, header.Zxid);
        }
    }

    private void RememberOwner(string path, long owner)
    {
        if (owner == EphemeralOwner.Container || EphemeralOwner.HasTtl(owner))
        {
            _containers.Add(path);
        }
        else if (EphemeralOwner.IsSession(owner))
        {
            if (!_ephemerals.TryGetValue(owner, out var paths))
            {
                _ephemerals[owner] = paths = new SortedSet<string>(StringComparer.Ordinal);
            }

            paths.Add(path);
        }
    }

    private void ForgetOwner(string path, long owner)
    {
        if (owner == EphemeralOwner.Container || EphemeralOwner.HasTtl(owner))
        {
            _containers.Remove(path);
        }
        else if (_ephemerals.TryGetValue(owner, out var paths) && paths.Remove(path) && paths.Count == 0)
        {
            _ephemerals.Remove(owner);
        }
    }
}
