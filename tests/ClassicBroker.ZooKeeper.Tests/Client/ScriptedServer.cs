using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Client;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Tests.Client;

/// <summary>One attempt of a client to connect, with the test on the other end. Threading: the test's thread only.</summary>
internal sealed class ScriptedServer(ZooKeeperAddress address, IZooKeeperLinkListener listener) : IZooKeeperLink
{
    private readonly Queue<byte[]> _unflushed = new();

    public static byte[] Password { get; } = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    public ZooKeeperAddress Address { get; } = address;

    /// <summary>Frames the client has sent and the test has not looked at.</summary>
    public Queue<byte[]> Sent { get; } = new();

    public bool IsClosed { get; private set; }

    public void Send(ReadOnlySpan<byte> frame) => _unflushed.Enqueue(frame.ToArray());

    public void Flush()
    {
        while (_unflushed.TryDequeue(out var frame))
        {
            Sent.Enqueue(frame);
        }
    }

    public void Close() => IsClosed = true;

    public void Accept() => listener.LinkOpened(this);

    public void Lose(string reason = "gone") => listener.LinkLost(reason);

    /// <summary>Accepts the connection and the session the client asks for, and returns what it asked.</summary>
    public ConnectRequest AcceptSession(Action settle, long sessionId = 0x77, int timeoutMs = 9000)
    {
        Accept();
        settle();
        var reader = new JuteReader(Sent.Dequeue());
        var request = ConnectRequest.Read(ref reader);
        Answer(writer => new ConnectResponse(timeoutMs, sessionId, Password, false).Write(writer));
        settle();
        return request;
    }

    /// <summary>The next request's header; its body comes out as bytes.</summary>
    public (RequestHeader Header, byte[] Body) NextRequest()
    {
        var frame = Sent.Dequeue();
        var reader = new JuteReader(frame);
        return (RequestHeader.Read(ref reader), frame[reader.Position..]);
    }

    public void Reply(int xid, long zxid, ZooKeeperError error, Action<JuteWriter>? body = null) => Answer(writer =>
    {
        new ReplyHeader(xid, zxid, error).Write(writer);
        body?.Invoke(writer);
    });

    /// <summary>Sends a frame; as a channel does, takes what the client cannot make sense of for the end of the connection.</summary>
    public void Answer(Action<JuteWriter> frame)
    {
        var writer = new JuteWriter();
        frame(writer);
        try
        {
            listener.FrameReceived(writer.Written);
        }
        catch (MalformedDataException failure)
        {
            IsClosed = true;
            listener.LinkLost(failure.Message);
        }
    }
}
