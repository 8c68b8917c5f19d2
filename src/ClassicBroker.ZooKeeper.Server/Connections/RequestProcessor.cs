using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Access;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Txns;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>Carries out requests, one after the other, and answers them. Threading: server loop only.</summary>
internal sealed class RequestProcessor(Database database, bool allowsTtl, ILogger logger)
{
    private readonly ReadRequests _reads = new(database);
    private readonly WriteRequests _writes = new(database, allowsTtl);
    private readonly WatchRequests _watches = new(database);

    public void Process(ServerConnection connection, in RequestHeader header, ref JuteReader body)
    {
        switch (header.Type)
        {
            case OpCode.Ping:
                connection.Reply(SpecialXid.Ping, ZooKeeperError.None);
                break;
            case OpCode.CloseSession:
                CloseSession(connection, header.Xid);
                break;
            case OpCode.Auth:
                Authenticate(connection, ref body);
                break;
            case OpCode.Reconfig:
                connection.Reply(header.Xid, ZooKeeperError.ReconfigDisabled);
                break;
            default:
                if (!_reads.TryProcess(connection, header, ref body)
                    && !_writes.TryProcess(connection, header, ref body)
                    && !_watches.TryProcess(connection, header, ref body))
                {
                    RefuseUnknown(connection, header);
                }

                break;
        }
    }

    /// <summary>Ends a session: its ephemeral znodes go in one transaction.</summary>
    public void EndSession(Session session, int xid) =>
        database.Apply(session.Id, xid, new CloseSessionTxn([.. database.Tree.EphemeralsOf(session.Id)]));

    private void CloseSession(ServerConnection connection, int xid)
    {
        EndSession(connection.Session!, xid);
        connection.Reply(xid, ZooKeeperError.None);
        connection.CloseAfterFlush();
    }

    private void Authenticate(ServerConnection connection, ref JuteReader body)
    {
        var packet = AuthPacket.Read(ref body);
        if (packet.Scheme == DigestScheme.Name)
        {
            connection.AddIdentity(DigestScheme.Identify(packet.Credentials));
            connection.Reply(SpecialXid.Auth, ZooKeeperError.None);
        }
        else if (packet.Scheme == IpScheme.Name)
        {
            connection.Reply(SpecialXid.Auth, ZooKeeperError.None);
        }
        else
        {
            logger.LogWarning("Closing {Remote}: no authentication provider for scheme {Scheme}", connection.Remote, packet.Scheme);
            connection.Reply(SpecialXid.Auth, ZooKeeperError.AuthFailed);
            connection.CloseAfterFlush();
        }
    }

    private void RefuseUnknown(ServerConnection connection, in RequestHeader header)
    {
        logger.LogWarning("Closing {Remote}: request of type {Type} is not served", connection.Remote, (int)header.Type);
        connection.Reply(header.Xid, ZooKeeperError.Unimplemented);
        connection.CloseAfterFlush();
    }
}
