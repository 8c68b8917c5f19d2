using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Sessions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>A connection that sends no pings and keeps no rules, for what a well-behaved client never does.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private readonly TcpClient _client = new();

    public RawConnection(int port) => _client.Connect(IPAddress.Loopback, port);

    private NetworkStream Stream => _client.GetStream();

    public async Task<ConnectResponse> ConnectSessionAsync(int timeoutMs, long sessionId = 0, byte[]? password = null)
    {
        await SendAsync(new ConnectRequest(0, timeoutMs, sessionId, password ?? new byte[16], false).Write);
        return ParseConnect(await ReceiveAsync());
    }

    /// <summary>
    /// Takes a session from its client and closes it, in one piece. Its client comes back at once and may take it again before the close is
    /// read, which ends this connection with or without an answer; so it is taken until the server no longer knows it.
    /// </summary>
    public static async Task CloseFromElsewhereAsync(int port, long sessionId)
    {
        while (true)
        {
            await using var taker = new RawConnection(port);
            if (await taker.TakeOverAndCloseAsync(sessionId) is { SessionId: 0 })
            {
                return;
            }
        }
    }

    public async Task CreateEphemeralAsync(string path)
    {
        await SendAsync(writer =>
        {
            new RequestHeader(1, OpCode.Create).Write(writer);
            writer.WriteString(path);
            writer.WriteBuffer(default);
            writer.WriteAcl(ZnodeAcl.OpenAclUnsafe);
            writer.WriteInt((int)CreateMode.Ephemeral);
        });
        await ReceiveAsync();
    }

    /// <summary>
    /// Asks for a create2 inside a multi; the kinds of the results, and the bytes that follow the path of the first up to the second.
    /// </summary>
    public async Task<(OpCode Kind, int BytesAfterPath)> Create2InMultiAsync(string path)
    {
        await SendAsync(writer =>
        {
            new RequestHeader(1, OpCode.Multi).Write(writer);
            new MultiHeader(OpCode.Create2, false, -1).Write(writer);
            writer.WriteString(path);
            writer.WriteBuffer(default);
            writer.WriteAcl(ZnodeAcl.OpenAclUnsafe);
            writer.WriteInt((int)CreateMode.Persistent);
            MultiHeader.End.Write(writer);
        });
        return Parse(await ReceiveAsync());

        (OpCode Kind, int BytesAfterPath) Parse(byte[] frame)
        {
            const int ReplyHeaderBytes = 16;
            const int MultiHeaderBytes = 9;
            var reader = new JuteReader(frame.AsSpan(ReplyHeaderBytes));
            var header = MultiHeader.Read(ref reader);
            Assert.Equal(path, reader.ReadString());
            return (header.Type, frame.Length - ReplyHeaderBytes - MultiHeaderBytes - (4 + path.Length) - MultiHeaderBytes);
        }
    }

    public async Task SendBytesAsync(byte[] bytes) => await Stream.WriteAsync(bytes);

    /// <summary>True once the server has ended the connection; what it still sends is passed over.</summary>
    public async Task<bool> IsClosedByServerAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var rest = new byte[4096];
        try
        {
            while (await Stream.ReadAsync(rest, patience.Token) > 0)
            {
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Frame(Action<JuteWriter> body)
    {
        var writer = new JuteWriter();
        var start = writer.BeginCounted();
        body(writer);
        writer.EndCounted(start);
        return writer.Written.ToArray();
    }

    private static ConnectResponse ParseConnect(byte[] frame)
    {
        var reader = new JuteReader(frame);
        return ConnectResponse.Read(ref reader);
    }

    /// <summary>What the server says of the session; null where it says nothing before it closes.</summary>
    private async Task<ConnectResponse?> TakeOverAndCloseAsync(long sessionId)
    {
        var request = new ConnectRequest(0, 10_000, sessionId, SessionPassword.Of(sessionId), false);
        try
        {
            await Stream.WriteAsync((byte[])[.. Frame(request.Write), .. Frame(new RequestHeader(1, OpCode.CloseSession).Write)]);
            var response = ParseConnect(await ReceiveAsync());
            Assert.True(await IsClosedByServerAsync());
            return response;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task SendAsync(Action<JuteWriter> body) => await Stream.WriteAsync(Frame(body));

    private async Task<byte[]> ReceiveAsync()
    {
        var length = new byte[4];
        await Stream.ReadExactlyAsync(length);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await Stream.ReadExactlyAsync(frame);
        return frame;
    }
}
