using System.Net;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Access;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Connections;

/// <summary>
/// One client's connection: who it is, whose session it carries, what it is sent. Threading: server loop only.
/// </summary>
internal sealed class ServerConnection : IWatchListener
{
    private readonly ZooKeeperServer _server;
    private readonly IFrameSink _sink;
    private readonly List<AuthId> _identities;
    private bool _closeAfterFlush;

    public ServerConnection(ZooKeeperServer server, long id, IFrameSink sink, IPEndPoint remote, long acceptedAtMs)
    {
        _server = server;
        _sink = sink;
        Id = id;
        Remote = remote;
        AcceptedAtMs = acceptedAtMs;
        _identities = [new AuthId(IpScheme.Name, remote.Address.ToString())];
    }

    public long Id { get; }

    public IPEndPoint Remote { get; }

    /// <summary>By the monotonic clock.</summary>
    public long AcceptedAtMs { get; }

    /// <summary>Null until the client has connected a session.</summary>
    public Session? Session { get; set; }

    public IReadOnlyList<AuthId> Identities => _identities;

    public bool IsClosed { get; private set; }

    public long Received { get; private set; }

    public long Sent { get; private set; }

    /// <summary>Counts what is received and sent from here on.</summary>
    public void ResetStatistics() => (Received, Sent) = (0, 0);

    /// <summary>Takes a frame of the client's; <see cref="Primitives.MalformedDataException"/> where it is not one.</summary>
    public void Receive(ReadOnlySpan<byte> frame)
    {
        if (IsClosed || _closeAfterFlush)
        {
            return;
        }

        Received++;
        _server.Receive(this, frame);
    }

    /// <summary>Answers a four-letter word and closes.</summary>
    public void ReceiveFourLetterWord(int word)
    {
        _sink.SendRaw(_server.AnswerFourLetterWord(word));
        CloseAfterFlush();
    }

    public void AddIdentity(AuthId identity)
    {
        if (!_identities.Contains(identity))
        {
            _identities.Add(identity);
        }
    }

    /// <summary>Begins an answer; its body goes into the writer returned, and <see cref="EndReply"/> sends it.</summary>
    public JuteWriter BeginReply(int xid, ZooKeeperError error)
    {
        var writer = _server.BeginFrame();
        new ReplyHeader(xid, _server.Database.Tree.LastZxid, error).Write(writer);
        return writer;
    }

    public void EndReply(JuteWriter writer) => Send(writer);

    /// <summary>Answers with a header alone.</summary>
    public void Reply(int xid, ZooKeeperError error) => Send(BeginReply(xid, error));

    public void Notify(WatchedEventType type, string path, IReadOnlyList<ZnodeAcl> acl)
    {
        // A watch on a whole subtree would name znodes that its holder may not see (CVE-2024-23944).
        if (!AccessRules.Allows(acl, ZnodePermissions.Read, _identities))
        {
            return;
        }

        var writer = _server.BeginFrame();
        new ReplyHeader(SpecialXid.WatchEvent, -1, ZooKeeperError.None).Write(writer);
        new WatcherEvent((int)type, WatcherEvent.SyncConnected, path).Write(writer);
        Send(writer);
    }

    public void Send(JuteWriter frame)
    {
        if (IsClosed)
        {
            return;
        }

        Sent++;
        _server.Statistics.CountSent();
        _sink.Send(frame.Written);
        _server.MarkDirty(this);
    }

    /// <summary>Lets the client have what was sent, then closes.</summary>
    public void CloseAfterFlush()
    {
        _closeAfterFlush = true;
        _server.MarkDirty(this);
    }

    public void Flush()
    {
        if (IsClosed)
        {
            return;
        }

        _sink.Flush();
        if (_closeAfterFlush)
        {
            _sink.CloseAfterFlush();
        }
    }

    /// <summary>Closes at once; what was not flushed is lost.</summary>
    public void Close()
    {
        Closed();
        _sink.Close();
    }

    /// <summary>The connection is gone. The session waits for another one.</summary>
    public void Closed()
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        _server.Forget(this);
        if (Session is { } session && session.Connection == this)
        {
            session.Connection = null;
        }
    }
}
