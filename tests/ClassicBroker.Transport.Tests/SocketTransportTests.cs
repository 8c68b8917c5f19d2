using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Channels;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Transport.Tests;

/// <summary>Connections over the platform's own sockets, as clients have them on systems without epoll.</summary>
[Collection(Loopback.Alone)]
public sealed class SocketTransportTests : IAsyncDisposable
{
    private readonly List<Exception> _fatal = [];
    private readonly SocketEventLoop _loop;
    private readonly SocketTransport _transport;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _port;

    public SocketTransportTests()
    {
        _loop = new SocketEventLoop("test-sockets", TimeProvider.System, Note);
        _transport = new SocketTransport(_loop, new SystemAddressResolver(), NullLogger<SocketTransport>.Instance);
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _loop.DisposeAsync();
        Assert.Equal(0, _loop.Netty.Allocator.Outstanding);
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

    private Task<TransportChannel> ConnectAsync(Action<TransportChannel> initializer, CancellationToken cancellation = default) =>
        _transport.ConnectAsync(
            new() { Host = "127.0.0.1", Port = _port, Initializer = initializer }, cancellation)
            .WaitAsync(Loopback.Limit, CancellationToken.None);

    private Task<Socket> AcceptAsync() => _listener.AcceptSocketAsync().WaitAsync(Loopback.Limit);

    private static byte[] Frame(int size)
    {
        var frame = new byte[sizeof(int) + size];
        BinaryPrimitives.WriteInt32BigEndian(frame, size);
        for (var i = 0; i < size; i++)
        {
            frame[sizeof(int) + i] = (byte)(i * 31);
        }

        return frame;
    }

    /// <summary>Sends frames back as they come, length and all.</summary>
    private static void EchoFrames(TransportChannel channel) => channel.Pipeline
        .AddLast(new LengthFieldFrameDecoder(8 * 1024 * 1024))
        .AddLast(new ProbeHandler { OnRead = (context, bytes) => context.SendAndFlush(Message.Of(Frame(bytes.ReadableBytes))) });

    [Fact]
    public async Task Frames_of_every_size_come_and_go_whole()
    {
        await ConnectAsync(EchoFrames);
        using var peer = await AcceptAsync();
        foreach (var size in new[] { 0, 1, 100, 16 * 1024, 300_000, 1024 * 1024, 5_000_000 })
        {
            var frame = Frame(size);
            var sending = peer.SendAsync(frame).WaitAsync(Loopback.Limit);
            Assert.Equal(frame, await Loopback.ReceiveAsync(peer, frame.Length));
            await sending;
        }
    }

    [Fact]
    public async Task Small_messages_written_to_a_slow_reader_arrive_in_order()
    {
        var channel = await ConnectAsync(_ => { });
        using var peer = await AcceptAsync();
        var expected = Enumerable.Range(0, 20_000).SelectMany(i => Frame(i % 977)).ToArray();
        channel.Execute(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                channel.Send(Message.Of(Frame(i % 977)));
            }

            channel.Flush();
        });
        Assert.Equal(expected, await Loopback.ReceiveAsync(peer, expected.Length));
    }

    [Fact]
    public async Task A_peer_that_closes_and_one_that_resets_end_the_channel()
    {
        var handler = new ProbeHandler();
        await ConnectAsync(channel => channel.Pipeline.AddLast(handler));
        (await AcceptAsync()).Close();
        await handler.UntilAsync("removed");

        var other = new ProbeHandler();
        await ConnectAsync(channel => channel.Pipeline.AddLast(other));
        var peer = await AcceptAsync();
        peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Close();
        await other.UntilAsync("removed");
    }

    [Fact]
    public async Task A_channel_that_does_not_read_stalls_its_peer_and_goes_on_where_it_stopped()
    {
        var channel = await ConnectAsync(EchoFrames);
        using var peer = await AcceptAsync();
        var stopped = new TaskCompletionSource();
        channel.Execute(() =>
        {
            channel.AutoRead = false;
            stopped.SetResult();
        });
        await stopped.Task.WaitAsync(Loopback.Limit);
        var frame = Frame(5_000_000);
        var sending = peer.SendAsync(frame);
        Assert.False(sending.IsCompleted);
        channel.Execute(() => channel.AutoRead = true);
        Assert.Equal(frame, await Loopback.ReceiveAsync(peer, frame.Length));
        await sending.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task Failures_to_connect_are_typed_and_a_connect_can_be_cancelled()
    {
        _listener.Stop();
        var refused = await Assert.ThrowsAsync<ConnectException>(() => ConnectAsync(_ => { }));
        Assert.Equal((ConnectFailure.Refused, "127.0.0.1", _port), (refused.Failure, refused.Host, refused.Port));
        var unknown = await Assert.ThrowsAsync<ConnectException>(() => _transport.ConnectAsync(
            new() { Host = "no-such-host.invalid", Port = 1, Initializer = _ => { } }));
        Assert.Equal(ConnectFailure.Unresolvable, unknown.Failure);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConnectAsync(_ => { }, cancelled.Token));
    }

    [Fact]
    public async Task The_time_limit_of_a_failed_connect_ends_with_it()
    {
        _listener.Stop();
        var limit = TimeSpan.FromMilliseconds(50);
        await Assert.ThrowsAsync<ConnectException>(() => _transport.ConnectAsync(
            new() { Host = "127.0.0.1", Port = _port, ConnectTimeout = limit, Initializer = _ => { } }));

        // A timer of the same loop that is due later: that of the limit would have ended the process before.
        await _loop.InvokeAsync(() => _loop.DelayAsync(2 * limit)).WaitAsync(Loopback.Limit);
        lock (_fatal)
        {
            Assert.Empty(_fatal);
        }
    }

    [Fact]
    public async Task The_end_of_the_loop_closes_its_channels()
    {
        var handler = new ProbeHandler();
        await ConnectAsync(channel => channel.Pipeline.AddLast(handler));
        using var peer = await AcceptAsync();
        await _loop.DisposeAsync();
        Assert.Empty(await Loopback.ReceiveToEndAsync(peer));
    }
}
