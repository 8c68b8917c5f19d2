using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>Requests about watches alone. Threading: server loop only.</summary>
internal sealed class WatchRequests(Database database)
{
    private const int ChildrenWatches = 1;
    private const int DataWatches = 2;
    private const int AnyWatches = 3;
    private const int PersistentMode = 0;
    private const int PersistentRecursiveMode = 1;

    private WatchTables Watches => database.Watches;

    /// <summary>False where the request is not one of these.</summary>
    public bool TryProcess(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        switch (header.Type)
        {
            case OpCode.SetWatches or OpCode.SetWatches2:
                SetWatches(connection, SetWatchesRequest.Read(ref body, header.Type));
                connection.Reply(header.Xid, ZooKeeperError.None);
                return true;
            case OpCode.AddWatch:
                AddWatch(connection, header.Xid, ref body);
                return true;
            case OpCode.CheckWatches or OpCode.RemoveWatches:
                RemoveWatches(connection, header, ref body);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Takes up the watches of a client's last connection; what changed meanwhile fires at once.</summary>
    private void SetWatches(ServerConnection connection, in SetWatchesRequest request)
    {
        foreach (var path in request.Data)
        {
            var node = database.Tree.Find(path);
            TakeUp(connection, Watches.Data, path, node, node is null ? WatchedEventType.NodeDeleted
                : node.Mzxid > request.RelativeZxid ? WatchedEventType.NodeDataChanged
                : null);
        }

        foreach (var path in request.Exist)
        {
            var node = database.Tree.Find(path);
            TakeUp(connection, Watches.Data, path, node, node is null ? null : WatchedEventType.NodeCreated);
        }

        foreach (var path in request.Child)
        {
            var node = database.Tree.Find(path);
            TakeUp(connection, Watches.Child, path, node, node is null ? WatchedEventType.NodeDeleted
                : node.Pzxid > request.RelativeZxid ? WatchedEventType.NodeChildrenChanged
                : null);
        }

        foreach (var path in request.Persistent)
        {
            Watches.AddPersistent(path, connection, WatchKind.Persistent);
        }

        foreach (var path in request.PersistentRecursive)
        {
            Watches.AddPersistent(path, connection, WatchKind.PersistentRecursive);
        }
    }

    private static void TakeUp(ServerConnection connection, WatchTable table, string path, Znode? node, WatchedEventType? missed)
    {
        if (missed is { } type)
        {
            connection.Notify(type, path, node?.Acl ?? []);
        }
        else
        {
            table.Add(path, connection, WatchKind.Standard);
        }
    }

    private void AddWatch(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        var mode = body.ReadInt();
        if (!ZnodePath.IsValid(path) || mode is not (PersistentMode or PersistentRecursiveMode))
        {
            connection.Reply(xid, ZooKeeperError.BadArguments);
            return;
        }

        Watches.AddPersistent(path, connection, mode == PersistentMode ? WatchKind.Persistent : WatchKind.PersistentRecursive);
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteInt((int)ZooKeeperError.None);
        connection.EndReply(reply);
    }

    private void RemoveWatches(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        var path = body.ReadString();
        var type = body.ReadInt();
        var held = false;
        foreach (var table in TablesOf(type))
        {
            held |= table.Contains(path, connection.Id);
            if (header.Type == OpCode.RemoveWatches)
            {
                table.Remove(path, connection.Id);
            }
        }

        connection.Reply(header.Xid, held ? ZooKeeperError.None : ZooKeeperError.NoWatcher);
    }

    private IEnumerable<WatchTable> TablesOf(int type) => type switch
    {
        ChildrenWatches => [Watches.Child],
        DataWatches => [Watches.Data],
        AnyWatches => [Watches.Data, Watches.Child],
        _ => [],
    };
}
