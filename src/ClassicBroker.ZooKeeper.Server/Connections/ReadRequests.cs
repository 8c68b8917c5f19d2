using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Access;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>Requests that change nothing, watches apart. Threading: server loop only.</summary>
internal sealed class ReadRequests(Database database)
{
    private DataTree Tree => database.Tree;

    /// <summary>False where the request is not one of these.</summary>
    public bool TryProcess(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        switch (header.Type)
        {
            case OpCode.Exists:
                Exists(connection, header.Xid, ref body);
                return true;
            case OpCode.GetData:
                GetData(connection, header.Xid, ref body);
                return true;
            case OpCode.GetChildren or OpCode.GetChildren2:
                GetChildren(connection, header, ref body);
                return true;
            case OpCode.GetAcl:
                GetAcl(connection, header.Xid, ref body);
                return true;
            case OpCode.Sync:
                Sync(connection, header.Xid, ref body);
                return true;
            case OpCode.GetEphemerals:
                GetEphemerals(connection, header.Xid, ref body);
                return true;
            case OpCode.GetAllChildrenNumber:
                GetAllChildrenNumber(connection, header.Xid, ref body);
                return true;
            case OpCode.WhoAmI:
                WhoAmI(connection, header.Xid);
                return true;
            case OpCode.MultiRead:
                MultiRead(connection, header.Xid, ref body);
                return true;
            default:
                return false;
        }
    }

    private void Exists(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        var watch = body.ReadBool();
        if (!ZnodePath.IsValid(path))
        {
            connection.Reply(xid, ZooKeeperError.BadArguments);
            return;
        }

        if (watch)
        {
            database.Watches.Data.Add(path, connection, WatchKind.Standard);
        }

        if (Tree.Find(path) is not { } node)
        {
            connection.Reply(xid, ZooKeeperError.NoNode);
            return;
        }

        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteStat(node.Stat);
        connection.EndReply(reply);
    }

    private void GetData(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        var watch = body.ReadBool();
        var node = Readable(connection, path, ZnodePermissions.Read, out var error);
        if (node is null)
        {
            connection.Reply(xid, error);
            return;
        }

        if (watch)
        {
            database.Watches.Data.Add(path, connection, WatchKind.Standard);
        }

        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteNullableBuffer(node.Data);
        reply.WriteStat(node.Stat);
        connection.EndReply(reply);
    }

    private void GetChildren(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        var path = body.ReadString();
        var watch = body.ReadBool();
        var node = Readable(connection, path, ZnodePermissions.Read, out var error);
        if (node is null)
        {
            connection.Reply(header.Xid, error);
            return;
        }

        if (watch)
        {
            database.Watches.Child.Add(path, connection, WatchKind.Standard);
        }

        var reply = connection.BeginReply(header.Xid, ZooKeeperError.None);
        reply.WriteStrings(node.Children);
        if (header.Type == OpCode.GetChildren2)
        {
            reply.WriteStat(node.Stat);
        }

        connection.EndReply(reply);
    }

    private void GetAcl(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        var node = Readable(connection, path, ZnodePermissions.Read | ZnodePermissions.Admin, out var error);
        if (node is null)
        {
            connection.Reply(xid, error);
            return;
        }

        var mayChange = AccessRules.Allows(node.Acl, ZnodePermissions.Admin, connection.Identities);
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteAcl(mayChange ? node.Acl : AccessRules.Masked(node.Acl));
        reply.WriteStat(node.Stat);
        connection.EndReply(reply);
    }

    private static void Sync(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteString(path);
        connection.EndReply(reply);
    }

    private void GetEphemerals(ServerConnection connection, int xid, ref JuteReader body)
    {
        var prefix = body.ReadString();
        var own = Tree.EphemeralsOf(connection.Session!.Id);
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteStrings([.. own.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))]);
        connection.EndReply(reply);
    }

    private void GetAllChildrenNumber(ServerConnection connection, int xid, ref JuteReader body)
    {
        var path = body.ReadString();
        if (Readable(connection, path, ZnodePermissions.Read, out var error) is null)
        {
            connection.Reply(xid, error);
            return;
        }

        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteInt(Tree.CountDescendants(path));
        connection.EndReply(reply);
    }

    private static void WhoAmI(ServerConnection connection, int xid)
    {
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        reply.WriteInt(connection.Identities.Count);
        foreach (var identity in connection.Identities)
        {
            var end = identity.Id.IndexOf(':', StringComparison.Ordinal);
            reply.WriteString(identity.Scheme);
            reply.WriteString(identity.Scheme == DigestScheme.Name && end >= 0 ? identity.Id[..end] : identity.Id);
        }

        connection.EndReply(reply);
    }

    private void MultiRead(ServerConnection connection, int xid, ref JuteReader body)
    {
        var operations = new List<(OpCode Type, string Path)>();
        for (var header = MultiHeader.Read(ref body); !header.Done; header = MultiHeader.Read(ref body))
        {
            if (header.Type is not (OpCode.GetData or OpCode.GetChildren))
            {
                throw new MalformedDataException($"operation of type {(int)header.Type} in a multi of reads");
            }

            operations.Add((header.Type, body.ReadString()));
            body.ReadBool();
        }

        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        foreach (var (type, path) in operations)
        {
            WriteRead(connection, reply, type, path);
        }

        MultiHeader.End.Write(reply);
        connection.EndReply(reply);
    }

    private void WriteRead(ServerConnection connection, JuteWriter reply, OpCode type, string path)
    {
        if (Readable(connection, path, ZnodePermissions.Read, out var error) is not { } node)
        {
            new MultiHeader(OpCode.Error, false, (int)error).Write(reply);
            reply.WriteInt((int)error);
            return;
        }

        new MultiHeader(type, false, 0).Write(reply);
        if (type == OpCode.GetChildren)
        {
            reply.WriteStrings(node.Children);
            return;
        }

        reply.WriteNullableBuffer(node.Data);
        reply.WriteStat(node.Stat);
    }

    private Znode? Readable(ServerConnection connection, string path, ZnodePermissions wanted, out ZooKeeperError error)
    {
        if (!ZnodePath.IsValid(path))
        {
            error = ZooKeeperError.BadArguments;
            return null;
        }

        var node = Tree.Find(path);
        error = node is null ? ZooKeeperError.NoNode
            : !AccessRules.Allows(node.Acl, wanted, connection.Identities) ? ZooKeeperError.NoAuth
            : ZooKeeperError.None;
        return error == ZooKeeperError.None ? node : null;
    }
}
