using System.Net;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Connections;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

/// <summary>A client that encodes requests by hand and sees every frame the server sends.</summary>
internal sealed class BenchClient
{
    private readonly ServerBench _bench;
    private readonly ServerConnection _connection;
    private int _xid;

    public BenchClient(ServerBench bench, IPEndPoint remote)
    {
        _bench = bench;
        _connection = bench.Loop.Run(() => Task.FromResult(bench.Server.Accept(Sink, remote)));
    }

    public RecordingSink Sink { get; } = new();

    public ConnectResponse Session { get; private set; }

    /// <summary>Watch events received, in their order.</summary>
    public List<string> Events { get; } = [];

    public bool IsClosed => Sink.IsClosed;

    public ConnectResponse ConnectSession(ConnectRequest request)
    {
        Deliver(Encode(request.Write));
        if (Sink.Received.TryDequeue(out var frame))
        {
            var reader = new JuteReader(frame);
            Session = ConnectResponse.Read(ref reader);
        }

        return Session;
    }

    /// <summary>Sends a request and returns the answer's header and body; events that come before it are kept.</summary>
    public (ReplyHeader Header, byte[] Body) Ask(OpCode type, Action<JuteWriter>? body = null, int? xid = null)
    {
        Post(type, body, xid);
        _bench.Time.RunUntilIdle();
        return NextReply();
    }

    /// <summary>Sends a request without waiting for anything.</summary>
    public void Post(OpCode type, Action<JuteWriter>? body = null, int? xid = null)
    {
        var frame = Encode(writer =>
        {
            new RequestHeader(xid ?? ++_xid, type).Write(writer);
            body?.Invoke(writer);
        });
        _bench.Loop.Execute(() => Receive(frame));
    }

    /// <summary>Sends bytes as one frame; as a channel does, takes what the server cannot make sense of for the end of the connection.</summary>
    public void Deliver(byte[] frame)
    {
        _bench.Loop.Execute(() => Receive(frame));
        _bench.Time.RunUntilIdle();
    }

    public (ReplyHeader Header, byte[] Body) NextReply()
    {
        ReadEvents(out var reply);
        return reply ?? throw new InvalidOperationException("the server has not answered");
    }

    /// <summary>Takes in the events that have come.</summary>
    public void Settle()
    {
        _bench.Time.RunUntilIdle();
        ReadEvents(out var reply);
        Assert.Null(reply);
    }

    public ZooKeeperError Create(string path, string data = "", CreateMode mode = CreateMode.Persistent) =>
        Ask(OpCode.Create, writer => WriteCreate(writer, path, data, ZnodeAcl.OpenAclUnsafe, mode)).Header.Error;

    public string CreatedPath(string path, CreateMode mode)
    {
        var (header, body) = Ask(OpCode.Create, writer => WriteCreate(writer, path, "", ZnodeAcl.OpenAclUnsafe, mode));
        Assert.Equal(ZooKeeperError.None, header.Error);
        var reader = new JuteReader(body);
        return reader.ReadString();
    }

    public ZooKeeperError Delete(string path, int version = -1) => Ask(OpCode.Delete, writer =>
    {
        writer.WriteString(path);
        writer.WriteInt(version);
    }).Header.Error;

    public ZooKeeperError Set(string path, string data, int version = -1) => Ask(OpCode.SetData, writer =>
    {
        writer.WriteString(path);
        writer.WriteBuffer(System.Text.Encoding.UTF8.GetBytes(data));
        writer.WriteInt(version);
    }).Header.Error;

    public string? Get(string path, bool watch = false)
    {
        var (header, body) = Ask(OpCode.GetData, writer => WritePathAndWatch(writer, path, watch));
        var reader = new JuteReader(body);
        return header.Error == ZooKeeperError.None ? System.Text.Encoding.UTF8.GetString(reader.ReadBuffer()) : null;
    }

    public ZnodeStat? Exists(string path, bool watch = false)
    {
        var (header, body) = Ask(OpCode.Exists, writer => WritePathAndWatch(writer, path, watch));
        var reader = new JuteReader(body);
        return header.Error == ZooKeeperError.None ? reader.ReadStat() : null;
    }

    public string[] Children(string path, bool watch = false)
    {
        var (_, body) = Ask(OpCode.GetChildren, writer => WritePathAndWatch(writer, path, watch));
        var reader = new JuteReader(body);
        return reader.ReadStrings();
    }

    public static void WriteCreate(JuteWriter writer, string path, string data, IReadOnlyList<ZnodeAcl> acl, CreateMode mode)
    {
        writer.WriteString(path);
        writer.WriteBuffer(System.Text.Encoding.UTF8.GetBytes(data));
        writer.WriteAcl(acl);
        writer.WriteInt((int)mode);
    }

    public static void WritePathAndWatch(JuteWriter writer, string path, bool watch)
    {
        writer.WriteString(path);
        writer.WriteBool(watch);
    }

    public static byte[] Encode(Action<JuteWriter> write)
    {
        var writer = new JuteWriter();
        write(writer);
        return writer.Written.ToArray();
    }

    private void Receive(byte[] frame)
    {
        try
        {
            _connection.Receive(frame);
        }
        catch (MalformedDataException)
        {
            _connection.Close();
        }
    }

    private void ReadEvents(out (ReplyHeader Header, byte[] Body)? reply)
    {
        reply = null;
        while (reply is null && Sink.Received.TryDequeue(out var frame))
        {
            var reader = new JuteReader(frame);
            var header = ReplyHeader.Read(ref reader);
            if (header.Xid == SpecialXid.WatchEvent)
            {
                var fired = WatcherEvent.Read(ref reader);
                Events.Add($"{(WatchedEventType)fired.Type} {fired.Path}");
            }
            else
            {
                reply = (header, frame[reader.Position..]);
            }
        }
    }
}
