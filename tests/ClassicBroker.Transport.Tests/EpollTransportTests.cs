using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Processes;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

[Collection(Loopback.Alone)]
public sealed class EpollTransportTests : IAsyncDisposable
{
    private readonly Loopback _loopback = new();

    public ValueTask DisposeAsync() => _loopback.DisposeAsync();

    [Fact]
    public async Task Frames_of_every_size_are_echoed_whole()
    {
        using var listener = await _loopback.ListenAsync(EchoFrames);
        using var client = await Loopback.DialAsync(listener);
        foreach (var size in new[] { 0, 1, 100, 16 * 1024, 300_000, 1024 * 1024, 5_000_000 })
        {
            var frame = Frame(size);
            var sending = SendAsync(client, frame);
            Assert.Equal(frame, await Loopback.ReceiveAsync(client, frame.Length));
            await sending;
        }
    }

    [Fact]
    public async Task Pipelined_frames_are_answered_in_order()
    {
        using var listener = await _loopback.ListenAsync(EchoFrames);
        using var client = await Loopback.DialAsync(listener);
        var stream = Enumerable.Range(0, 3000).SelectMany(i => Frame(i % 977)).ToArray();
        var sending = SendAsync(client, stream);

        Assert.Equal(stream, await Loopback.ReceiveAsync(client, stream.Length));
        await sending;
    }

    [Fact]
    public async Task Our_own_channels_talk_to_each_other()
    {
        var server = new ProbeHandler { OnRead = (context, bytes) => context.SendAndFlush(Message.Of(bytes.ReadableSpan())) };
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(server));
        var client = new ProbeHandler();
        var channel = await _loopback.ConnectAsync(listener, channel => channel.Pipeline.AddLast(client));
        channel.Execute(() => channel.SendAndFlush(Message.Of([1, 2, 3])));
        await client.UntilAsync("read");
        channel.Execute(channel.Close);
        await client.UntilAsync("removed");
        await server.UntilAsync("removed");

        Assert.Equal([[1, 2, 3]], client.Reads);
        Assert.Equal(listener.LocalEndPoint, channel.RemoteAddress);
        Assert.Equal(channel.LocalAddress, server.Context!.Channel.RemoteAddress);
    }

    [Fact]
    public async Task A_peer_that_finished_sending_still_gets_its_answers()
    {
        using var listener = await _loopback.ListenAsync(EchoFrames);
        using var client = await Loopback.DialAsync(listener);
        var frame = Frame(2_000_000);
        var sending = SendAsync(client, frame).ContinueWith(_ => client.Shutdown(SocketShutdown.Send), TaskScheduler.Default);

        Assert.Equal(frame, await Loopback.ReceiveToEndAsync(client));
        await sending;
    }

    [Fact]
    public async Task A_reset_is_told_as_such_reading_or_not()
    {
        foreach (var autoRead in new[] { true, false })
        {
            var probe = new ProbeHandler();
            using var listener = await _loopback.ListenAsync(channel =>
            {
                channel.AutoRead = autoRead;
                channel.Pipeline.AddLast(probe);
            });
            var client = await Loopback.DialAsync(listener);
            await probe.UntilAsync("active");
            client.LingerState = new(true, 0);
            client.Dispose();
            await probe.UntilAsync("inactive");

            Assert.IsType<ConnectionResetException>(probe.Caught);
        }
    }

    [Fact]
    public async Task File_regions_arrive_byte_for_byte_between_other_payloads()
    {
        using var scratch = new ScratchDirectory();
        using var file = new PosixFileSystem().Open(scratch.File("segment"), FileOpenMode.CreateNew);
        var content = Frame(6_000_000);
        file.Write(content, 0);
        var probe = new ProbeHandler
        {
            OnRead = (context, _) =>
            {
                context.Send(Message.Of([1, 2, 3]));
                Assert.True(file.TryRetain());
                context.Send(new RegionMessage(new FileRegion(file, 1000, 5_000_000)));
                context.Send(Message.Of([4]));
                Assert.True(file.TryRetain());
                context.Send(new RegionMessage(new FileRegion(file, 0, 10)));
                context.Flush();
            },
        };
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe));
        using var client = await Loopback.DialAsync(listener, receiveBuffer: 8192);
        await SendAsync(client, [0]);

        var received = await Loopback.ReceiveAsync(client, 5_000_014);
        Assert.Equal([1, 2, 3], received[..3]);
        Assert.True(content.AsSpan(1000, 5_000_000).SequenceEqual(received.AsSpan(3, 5_000_000)));
        Assert.Equal([4, .. content[..10]], received[5_000_003..]);
        file.Dispose();
        Assert.False(file.TryRetain());
    }

    [Fact]
    public async Task A_region_past_the_end_of_its_file_closes_the_connection()
    {
        using var scratch = new ScratchDirectory();
        using var file = new PosixFileSystem().Open(scratch.File("segment"), FileOpenMode.CreateNew);
        file.Write(new byte[100], 0);
        var probe = new ProbeHandler
        {
            OnRead = (context, _) =>
            {
                Assert.True(file.TryRetain());
                context.SendAndFlush(new RegionMessage(new FileRegion(file, 50, 100)));
            },
        };
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe));
        using var client = await Loopback.DialAsync(listener);
        await SendAsync(client, [0]);

        Assert.Equal(50, (await Loopback.ReceiveToEndAsync(client)).Length);
        Assert.IsType<StorageException>(probe.Caught);
    }

    [Fact]
    public async Task A_slow_reader_makes_its_channel_unwritable_and_costs_no_more_than_was_written()
    {
        var probe = new ProbeHandler();
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe));
        using var client = await Loopback.DialAsync(listener, receiveBuffer: 8192);
        await probe.UntilAsync("active");
        var channel = probe.Context!.Transport();
        var (written, pending) = (0, 0L);
        channel.Execute(() =>
        {
            while (channel.IsWritable)
            {
                channel.SendAndFlush(Message.Of(new byte[100_000]));
                written += 100_000;
            }

            // At this moment: what the system has room for goes on.
            pending = channel.PendingWriteBytes;
        });
        await probe.UntilAsync("unwritable");
        await channel.Loop.InvokeAsync(() => Task.CompletedTask);
        var high = ChannelOptions.Default.WriteHighWatermark;
        Assert.InRange(pending, high, high + 100_000);
        await Loopback.ReceiveAsync(client, written);
        await probe.UntilAsync("writable");
    }

    [Fact]
    public async Task A_channel_that_does_not_read_stalls_its_peer_and_goes_on_where_it_stopped()
    {
        var total = 0L;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        const int Sent = 20_000_000;
        var probe = new ProbeHandler
        {
            OnRead = (context, bytes) =>
            {
                context.Transport().AutoRead = false;
                total += bytes.ReadableBytes;
                if (total == Sent)
                {
                    all.SetResult();
                }
                else
                {
                    context.Transport().Loop.Execute(() => context.Transport().AutoRead = true);
                }
            },
        };
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe));
        using var client = await Loopback.DialAsync(listener);
        await SendAsync(client, new byte[Sent]);

        await all.Task.WaitAsync(Loopback.Limit);
    }

    [Fact]
    public async Task Serving_a_frame_allocates_nothing()
    {
        const int Rounds = 500;
        var allocated = -1L;
        var rounds = 0;
        var answer = Message.Of(Frame(20));
        var probe = new FrameAnswer(context =>
        {
            if (++rounds == Rounds)
            {
                allocated = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (rounds == 2 * Rounds)
            {
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            }

            answer.SetReaderIndex(0);
            answer.Retain();
            context.Send(answer);
        });
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(
            new IdleStateHandler(TimeSpan.FromMinutes(1)), new LengthFieldFrameDecoder(10_000_000), probe));
        using var client = await Loopback.DialAsync(listener);
        var frame = Frame(300_000);
        for (var i = 0; i < 2 * Rounds; i++)
        {
            await SendAsync(client, i % 50 == 0 ? frame : Frame(100));
            await Loopback.ReceiveAsync(client, 24);
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Tls_carries_frames_and_file_regions_over_sockets()
    {
        using var scratch = new ScratchDirectory();
        using var file = new PosixFileSystem().Open(scratch.File("segment"), FileOpenMode.CreateNew);
        var content = Frame(5_000_000);
        file.Write(content, 0);
        var options = TlsOptions.Server(TestCertificate.Store("CN=server", "broker.example"), null, ClientAuthentication.None);
        var probe = new FrameAnswer(context =>
        {
            Assert.True(file.TryRetain());
            context.Send(new RegionMessage(new FileRegion(file, 0, content.Length)));
        });
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(
            new TlsHandler(options, Loopback.Limit), new LengthFieldFrameDecoder(10_000_000), probe));
        using var socket = await Loopback.DialAsync(listener);
        await using var client = new SslStream(new NetworkStream(socket));
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "broker.example",
            RemoteCertificateValidationCallback = (_, peer, _, _) => peer!.Subject == "CN=server",
        });
        for (var round = 0; round < 2; round++)
        {
            await client.WriteAsync(Frame(400_000));
            var received = new byte[content.Length];
            await client.ReadExactlyAsync(received).AsTask().WaitAsync(Loopback.Limit);
            Assert.True(content.AsSpan().SequenceEqual(received));
        }

        await client.ShutdownAsync();
        Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Loopback.Limit));
    }

    [Fact]
    public async Task Announced_but_unsent_frames_cost_next_to_nothing()
    {
        var reads = new CountdownEvent(20);
        using var listener = await _loopback.ListenAsync(
            channel => channel.Pipeline.AddLast(new Signal(reads)).AddLast(new LengthFieldFrameDecoder(100_000_000)));
        var announced = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(announced, 60_000_000);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await Loopback.DialAsync(listener));
            await SendAsync(clients[i], announced);
        }

        Assert.True(reads.Wait(Loopback.Limit));
        var cost = GC.GetTotalMemory(forceFullCollection: true) - before;
        clients.ForEach(client => client.Dispose());

        Assert.InRange(cost, long.MinValue, 20 * 1024 * 1024);
    }

    [Fact]
    public async Task Failures_to_connect_are_typed()
    {
        var unused = LoopbackPorts.Next();
        await AssertFails("127.0.0.1", unused, ConnectFailure.Refused);
        await AssertFails("no-such-host.invalid", 9092, ConnectFailure.Unresolvable);

        // A full backlog does not answer.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);
        await AssertFails("127.0.0.1", ((IPEndPoint)full.LocalEndPoint!).Port, ConnectFailure.TimedOut);
    }

    [Fact]
    public async Task A_connect_can_be_cancelled()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(full.LocalEndPoint!);
        using var cancellation = new CancellationTokenSource();
        var connecting = _loopback.Transport.ConnectAsync(
            new() { Host = "127.0.0.1", Port = ((IPEndPoint)full.LocalEndPoint!).Port, Initializer = _ => { } }, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Loopback.Limit));
    }

    [Fact]
    public async Task A_port_in_use_is_refused_in_one_clear_sentence()
    {
        using var listener = await _loopback.ListenAsync(_ => { });
        var port = listener.LocalEndPoint.Port;

        var failure = await Assert.ThrowsAsync<BindException>(
            () => _loopback.Transport.ListenAsync(new() { Host = "127.0.0.1", Port = port, Initializer = _ => { } }));

        Assert.Equal($"Socket server failed to bind to 127.0.0.1:{port}: Address already in use (EADDRINUSE).", failure.Message);
    }

    [Fact]
    public async Task A_listener_without_host_serves_both_families()
    {
        using var listener = await _loopback.Transport.ListenAsync(new() { Port = 0, Initializer = EchoFrames });
        foreach (var host in new[] { "127.0.0.1", "::1" })
        {
            var probe = new ProbeHandler();
            var channel = await _loopback.Transport.ConnectAsync(
                new() { Host = host, Port = listener.LocalEndPoint.Port, Initializer = channel => channel.Pipeline.AddLast(probe) });
            channel.Execute(() => channel.SendAndFlush(Message.Of(Frame(3))));
            await probe.UntilAsync("read");
            Assert.Equal(IPAddress.Parse(host), ((IPEndPoint)channel.RemoteAddress!).Address);
        }
    }

    [Fact]
    public async Task A_closed_listener_refuses_and_its_channels_live_on()
    {
        var listener = await _loopback.ListenAsync(EchoFrames);
        using var client = await Loopback.DialAsync(listener);
        await SendAsync(client, Frame(1));
        await Loopback.ReceiveAsync(client, 5);
        listener.Dispose();
        await _loopback.Group.Loops[0].InvokeAsync(() => true);
        await _loopback.Group.Loops[1].InvokeAsync(() => true);

        await AssertFails("127.0.0.1", listener.LocalEndPoint.Port, ConnectFailure.Refused);
        await SendAsync(client, Frame(1));
        await Loopback.ReceiveAsync(client, 5);
    }

    [Fact]
    public async Task An_address_over_its_quota_is_turned_away_and_others_wait_for_room()
    {
        var quotas = new ConnectionQuotas(TimeProvider.System) { Limits = new() { PerAddressMax = 2 } };
        using var listener = await _loopback.ListenAsync(EchoFrames, quotas);
        using var first = await EchoedAsync(listener);
        using var second = await EchoedAsync(listener);
        using var third = await Loopback.DialAsync(listener);
        Assert.Empty(await Loopback.ReceiveToEndAsync(third));

        quotas.Limits = new() { TotalMax = 2 };
        using var waiting = await Loopback.DialAsync(listener);
        var answer = SendAsync(waiting, Frame(1)).ContinueWith(_ => Loopback.ReceiveAsync(waiting, 5), TaskScheduler.Default).Unwrap();
        Assert.Equal(2, quotas.Total);
        Assert.False(answer.IsCompleted);
        first.Dispose();

        Assert.Equal(Frame(1), await answer.WaitAsync(Loopback.Limit));
    }

    [Fact]
    public async Task Ending_the_group_closes_every_channel()
    {
        var probe = new ProbeHandler();
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe));
        using var client = await Loopback.DialAsync(listener);
        await probe.UntilAsync("active");
        await _loopback.Group.DisposeAsync();

        Assert.Equal(["inactive", "removed"], probe.Take());
        Assert.Empty(await Loopback.ReceiveToEndAsync(client));
    }

    private static void EchoFrames(TransportChannel channel) =>
        channel.Pipeline.AddLast(new LengthFieldFrameDecoder(10_000_000)).AddLast(new FrameEcho());

    private static async Task<Socket> EchoedAsync(IChannelListener listener)
    {
        var socket = await Loopback.DialAsync(listener);
        await SendAsync(socket, Frame(1));
        await Loopback.ReceiveAsync(socket, 5);
        return socket;
    }

    private static byte[] Frame(int length)
    {
        var frame = new byte[4 + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        for (var i = 4; i < frame.Length; i++)
        {
            frame[i] = (byte)(i * 31 + (i >> 8));
        }

        return frame;
    }

    private static async Task SendAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Loopback.Limit);
        }
    }

    private async Task AssertFails(string host, int port, ConnectFailure failure)
    {
        var exception = await Assert.ThrowsAsync<ConnectException>(() => _loopback.Transport.ConnectAsync(
            new() { Host = host, Port = port, Initializer = _ => { }, ConnectTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(failure, exception.Failure);
    }

    private sealed class FrameEcho : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            var frame = (IByteBuffer)message;
            var answer = context.Allocator.Buffer(4 + frame.ReadableBytes);
            answer.WriteInt(frame.ReadableBytes);
            answer.WriteBytes(frame);
            context.Send(answer);
        }

        public override void ChannelReadComplete(IChannelHandlerContext context) => context.Flush();
    }

    private sealed class FrameAnswer(Action<IChannelHandlerContext> answer) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message) => answer(context);

        public override void ChannelReadComplete(IChannelHandlerContext context) => context.Flush();
    }

    private sealed class Signal(CountdownEvent reads) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            context.FireChannelRead(message);
            reads.Signal();
        }
    }
}
