using System.Net.Sockets;
using ClassicBroker.Testing.Channels;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>Connections to a listener whose peers are to speak first, over real sockets.</summary>
[Collection(Loopback.Alone)]
public sealed class SilentConnectionsTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly Loopback _loopback = new();
    private readonly ConnectionQuotas _quotas = new(TimeProvider.System);

    public ValueTask DisposeAsync() => _loopback.DisposeAsync();

    [Fact]
    public async Task A_peer_becomes_a_channel_with_its_first_byte_which_is_not_lost()
    {
        var probe = new ProbeHandler { OnRead = (context, bytes) => context.SendAndFlush(Message.Of(bytes.ReadableSpan())) };
        using var listener = await _loopback.ListenAsync(channel => channel.Pipeline.AddLast(probe), _quotas, Long);
        using var silent = await Loopback.DialAsync(listener);
        using var client = await Loopback.DialAsync(listener);
        await client.SendAsync(new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], await Loopback.ReceiveAsync(client, 3));

        Assert.Equal(client.LocalEndPoint, probe.Context!.Channel.RemoteAddress);
        Assert.InRange(((TransportChannel)probe.Context.Channel).Waited, TimeSpan.Zero, Loopback.Limit);
        Assert.Equal(2, _quotas.Total);
    }

    [Fact]
    public async Task Silent_peers_that_leave_are_counted_out()
    {
        using var listener = await _loopback.ListenAsync(_ => Assert.Fail("No byte came."), _quotas, Long);
        List<Socket> silent = [];
        for (var i = 0; i < 50; i++)
        {
            silent.Add(await Loopback.DialAsync(listener));
        }

        await UntilAsync(listener, () => _quotas.Total == 50);
        silent[0].LingerState = new(true, 0);
        silent.ForEach(socket => socket.Dispose());
        await UntilAsync(listener, () => _quotas.Total == 0);
    }

    [Fact]
    public async Task Who_says_nothing_for_too_long_is_hung_up_on()
    {
        using var listener = await _loopback.ListenAsync(_ => Assert.Fail("No byte came."), _quotas, TimeSpan.FromMilliseconds(50));
        using var first = await Loopback.DialAsync(listener);
        Assert.Empty(await Loopback.ReceiveToEndAsync(first));
        using var second = await Loopback.DialAsync(listener);
        Assert.Empty(await Loopback.ReceiveToEndAsync(second));
        await UntilAsync(listener, () => _quotas.Total == 0);
    }

    [Fact]
    public async Task A_listener_that_closes_hangs_up_on_the_silent()
    {
        var listener = await _loopback.ListenAsync(_ => Assert.Fail("No byte came."), _quotas, Long);
        using var silent = await Loopback.DialAsync(listener);
        await UntilAsync(listener, () => _quotas.Total == 1);
        listener.Dispose();
        Assert.Empty(await Loopback.ReceiveToEndAsync(silent));
        Assert.Equal(0, _quotas.Total);
    }

    [Fact]
    public async Task Loops_that_end_hang_up_on_the_silent()
    {
        await using var loopback = new Loopback();
        var listener = await loopback.ListenAsync(_ => Assert.Fail("No byte came."), _quotas, Long);
        using var silent = await Loopback.DialAsync(listener);
        await UntilAsync(listener, () => _quotas.Total == 1);
        await loopback.Group.DisposeAsync();
        Assert.Empty(await Loopback.ReceiveToEndAsync(silent));
        Assert.Equal(0, _quotas.Total);
    }

    /// <summary>Looks again and again, each time behind what the listener's loop has to do.</summary>
    private static async Task UntilAsync(IChannelListener listener, Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(Loopback.Limit);
        while (!holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ((TransportServerChannel)listener).Loop.Execute(looked.SetResult);
            await looked.Task;
        }
    }
}
