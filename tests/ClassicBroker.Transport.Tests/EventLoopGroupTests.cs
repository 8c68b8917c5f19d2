using System.Net.Sockets;
using ClassicBroker.Testing.Channels;

namespace ClassicBroker.Transport.Tests;

public sealed class EventLoopGroupTests : IAsyncDisposable
{
    private const int Connections = 12;

    private readonly Loopback _loopback = new();

    public ValueTask DisposeAsync() => _loopback.DisposeAsync();

    [Fact]
    public async Task A_group_that_grows_and_shrinks_spreads_what_comes_and_keeps_what_is_there()
    {
        var loops = new List<string>();
        using var listener = await _loopback.ListenAsync(channel =>
        {
            lock (loops)
            {
                loops.Add(channel.Loop.Name);
            }

            channel.Pipeline.AddLast(new ProbeHandler { OnRead = (context, bytes) => context.SendAndFlush(Message.Of(bytes.ReadableSpan())) });
        });

        Assert.Equal(["test-network-0", "test-network-1"], await LoopsOfNewAsync());
        _loopback.Group.Count = 4;
        Assert.Equal(["test-network-0", "test-network-1", "test-network-2", "test-network-3"], await LoopsOfNewAsync());
        using var kept = await Loopback.DialAsync(listener);
        using var keptToo = await Loopback.DialAsync(listener);
        using var andThis = await Loopback.DialAsync(listener);
        using var andThat = await Loopback.DialAsync(listener);

        // A connection is there for its client before a loop has it; one that is answered has one.
        await ExchangeAsync(kept, keptToo, andThis, andThat);
        _loopback.Group.Count = 1;
        Assert.Equal(["test-network-0"], await LoopsOfNewAsync());
        await ExchangeAsync(kept, keptToo, andThis, andThat);

        async Task ExchangeAsync(params Socket[] sockets)
        {
            foreach (var socket in sockets)
            {
                await socket.SendAsync(new byte[] { 7 });
                Assert.Equal([7], await Loopback.ReceiveAsync(socket, 1));
            }
        }

        async Task<IEnumerable<string>> LoopsOfNewAsync()
        {
            lock (loops)
            {
                loops.Clear();
            }

            for (var i = 0; i < Connections; i++)
            {
                using var socket = await Loopback.DialAsync(listener);
                await socket.SendAsync(new byte[] { 1 });
                await Loopback.ReceiveAsync(socket, 1);
            }

            lock (loops)
            {
                return [.. loops.Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    [Fact]
    public void A_group_has_at_least_one_loop() => Assert.Throws<ArgumentOutOfRangeException>(() => _loopback.Group.Count = 0);
}
