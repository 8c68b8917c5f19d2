using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>Requests that become transactions. Threading: server loop only.</summary>
internal sealed class WriteRequests(Database database, bool allowsTtl)
{
    /// <summary>False where the request is not one of these.</summary>
    public bool TryProcess(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        switch (header.Type)
        {
            case OpCode.Multi:
                Multi(connection, header.Xid, MultiOperation.ReadAll(ref body));
                return true;
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
                or OpCode.Delete or OpCode.SetData or OpCode.SetAcl or OpCode.Check:
                Single(connection, header.Xid, MultiOperation.Read(ref body, header.Type));
                return true;
            default:
                return false;
        }
    }

    private TxnPreparer PreparerFor(ServerConnection connection) =>
        new(database.Tree, connection.Identities, connection.Session!.Id, allowsTtl);

    private void Single(ServerConnection connection, int xid, in MultiOperation operation)
    {
        if (operation.Prepare(PreparerFor(connection), out var error) is not { } txn)
        {
            connection.Reply(xid, error);
            return;
        }

        // A check on its own is answered from the tree.
        var stat = txn is CheckTxn ? default : database.Apply(connection.Session!.Id, xid, txn)[0];
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        WriteOutcome(reply, txn, stat);
        connection.EndReply(reply);
    }

    private void Multi(ServerConnection connection, int xid, IReadOnlyList<MultiOperation> operations)
    {
        var preparer = PreparerFor(connection);
        var txns = new List<Txn>(operations.Count);
        foreach (var operation in operations)
        {
            if (operation.Prepare(preparer, out var error) is not { } txn)
            {
                RefuseMulti(connection, xid, operations.Count, failedIndex: txns.Count, error);
                return;
            }

            txns.Add(txn);
        }

        var stats = database.Apply(connection.Session!.Id, xid, new MultiTxn(txns));
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        for (var i = 0; i < txns.Count; i++)
        {
            var outcome = InMulti(txns[i]);
            new MultiHeader(outcome.Type, false, 0).Write(reply);
            WriteOutcome(reply, outcome, stats[i]);
        }

        MultiHeader.End.Write(reply);
        connection.EndReply(reply);
    }

    /// <summary>
    /// Apache ZooKeeper takes a create2 in a multi for a create, and so answers without the stat; containers and znodes with a time to
    /// live are answered as a create2, which is the only other kind of creation that its client understands there.
    /// </summary>
    private static Txn InMulti(Txn txn) => txn switch
    {
        CreateTxn { Type: OpCode.Create2 } create => create with { Type = OpCode.Create },
        CreateTxn { Type: OpCode.CreateContainer or OpCode.CreateTtl } create => create with { Type = OpCode.Create2 },
        _ => txn,
    };

    private static void RefuseMulti(ServerConnection connection, int xid, int count, int failedIndex, ZooKeeperError error)
    {
        var reply = connection.BeginReply(xid, ZooKeeperError.None);
        for (var i = 0; i < count; i++)
        {
            var outcome = i < failedIndex ? ZooKeeperError.None : i == failedIndex ? error : ZooKeeperError.RuntimeInconsistency;
            new MultiHeader(OpCode.Error, false, (int)outcome).Write(reply);
            reply.WriteInt((int)outcome);
        }

        MultiHeader.End.Write(reply);
        connection.EndReply(reply);
    }

    private static void WriteOutcome(JuteWriter reply, Txn txn, in ZnodeStat stat)
    {
        switch (txn)
        {
            case CreateTxn { Type: OpCode.Create } create:
                reply.WriteString(create.Path);
                break;
            case CreateTxn create:
                reply.WriteString(create.Path);
                reply.WriteStat(stat);
                break;
            case SetDataTxn or SetAclTxn:
                reply.WriteStat(stat);
                break;
            case DeleteTxn or CheckTxn:
                break;
            default:
                throw new InvariantViolatedException($"No request becomes a transaction of type {txn.Type}");
        }
    }
}
