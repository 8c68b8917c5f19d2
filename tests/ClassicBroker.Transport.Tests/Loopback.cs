using System.Net;
using System.Net.Sockets;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Transport.Tests;

/// <summary>
/// Two event loops and a transport for one test, and plain sockets to meet it with. What a loop reports as fatal fails the test.
/// </summary>
public sealed class Loopback : IAsyncDisposable
{
    /// <summary>Names tests that weigh the process's memory and run beside no others.</summary>
    public const string Alone = "loopback";

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly List<Exception> _fatal = [];

    public Loopback()
    {
        Group = new(2, "test-network-", TimeProvider.System, Note);
        Transport = new(Group, new SystemAddressResolver(), NullLogger<EpollTransport>.Instance);
    }

    public EventLoopGroup Group { get; }

    public EpollTransport Transport { get; }

    public Task<IChannelListener> ListenAsync(
        Action<TransportChannel> initializer, ConnectionQuotas? quotas = null, TimeSpan? silenceMax = null) =>
        Transport.ListenAsync(new()
        {
            Host = "127.0.0.1",
            Port = 0,
            Initializer = initializer,
            Quotas = quotas,
            SilenceMax = silenceMax,
        });

    public Task<TransportChannel> ConnectAsync(IChannelListener listener, Action<TransportChannel> initializer) =>
        Transport.ConnectAsync(
            new() { Host = "127.0.0.1", Port = listener.LocalEndPoint.Port, Initializer = initializer }).WaitAsync(Limit);

    public static async Task<Socket> DialAsync(IChannelListener listener, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, listener.LocalEndPoint.Port)).WaitAsync(Limit);
        return socket;
    }

    public static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var piece = await socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Limit);
            if (piece == 0)
            {
                throw new EndOfStreamException($"Closed after {received} of {count} bytes.");
            }

            received += piece;
        }

        return bytes;
    }

    /// <summary>All bytes until the other side closes.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var bytes = new byte[64 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(bytes.AsMemory()).AsTask().WaitAsync(Limit)) > 0)
        {
            all.Write(bytes, 0, count);
        }

        return all.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Group.DisposeAsync();
        Assert.All(Group.Loops, loop => Assert.Equal(0, loop.Netty.Allocator.Outstanding));
        lock (_fatal)
        {
            Assert.Empty(_fatal);
        }
    }

    private void Note(Exception exception)
    {
        lock (_fatal)
        {
            _fatal.Add(exception);
        }
    }
}
