using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;

namespace ClassicBroker.Transport.Tests;

public class InMemoryNetworkTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryNetwork _network;
    private readonly InMemoryTransport _a;
    private readonly InMemoryTransport _b;
    private readonly ProbeHandler _server = new();
    private readonly ProbeHandler _client = new();

    public InMemoryNetworkTests()
    {
        _network = new(_time, new SeededRandomSource(7));
        _a = _network.AddHost("a", _time.CreateLoop("a"));
        _b = _network.AddHost("b", _time.CreateLoop("b"));
        _time.Await(_b.ListenAsync(new() { Port = 9092, Initializer = channel => channel.Pipeline.AddLast(_server) }));
    }

    [Fact]
    public void Bytes_arrive_in_order_after_their_delay()
    {
        var channel = Connect();
        _network.DelayMin = TimeSpan.FromMilliseconds(5);
        _network.DelayMax = TimeSpan.FromMilliseconds(50);
        for (byte i = 0; i < 20; i++)
        {
            Send(channel, i);
        }

        _time.AdvanceMs(4);
        Assert.Empty(_server.Reads);
        _time.AdvanceMs(2000);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), _server.Reads.SelectMany(bytes => bytes));
    }

    [Fact]
    public void A_cut_direction_keeps_what_is_sent_until_it_heals()
    {
        var channel = Connect();
        _network.Cut("a", "b");
        Send(channel, 1);
        Send(_server.Context!.Transport(), 2);
        Assert.Empty(_server.Reads);
        Assert.Equal([[2]], _client.Reads);
        _network.Heal();
        _time.RunUntilIdle();

        Assert.Equal([[1]], _server.Reads);
    }

    [Fact]
    public void A_reset_breaks_both_ends_and_a_close_ends_both()
    {
        var channel = Connect();
        _network.Reset("a", "b");
        _time.RunUntilIdle();
        Assert.IsType<ConnectionResetException>(_client.Caught);
        Assert.IsType<ConnectionResetException>(_server.Caught);
        Assert.False(channel.Open);

        var second = Connect();
        second.Execute(second.Close);
        _time.RunUntilIdle();
        Assert.False(_server.Context!.Channel.Open);
    }

    [Fact]
    public void A_reader_that_pauses_holds_its_writer_back()
    {
        var channel = Connect();
        var reader = _server.Context!.Transport();
        reader.Execute(() => reader.AutoRead = false);
        _network.WindowBytes = 1000;
        channel.Execute(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                channel.SendAndFlush(Message.Of(new byte[100_000]));
            }
        });
        _time.RunUntilIdle();
        Assert.False(channel.IsWritable);
        Assert.Empty(_server.Reads);
        reader.Execute(() => reader.AutoRead = true);
        _time.RunUntilIdle();

        Assert.True(channel.IsWritable);
        Assert.Equal(2_000_000, _server.Reads.Sum(bytes => bytes.Length));
    }

    [Fact]
    public void Failures_to_connect_are_those_of_a_real_network()
    {
        Assert.Equal(ConnectFailure.Unresolvable, Refusal("nowhere", 9092));
        Assert.Equal(ConnectFailure.Refused, Refusal("b", 1));
        _network.Partition("a", "b");
        Assert.Equal(ConnectFailure.TimedOut, Refusal("b", 9092));
        Assert.Throws<BindException>(() => _time.Await(_b.ListenAsync(new() { Port = 9092, Initializer = _ => { } })));
    }

    [Fact]
    public void A_crashed_host_is_silent_its_peers_are_reset_and_nobody_listens()
    {
        Connect();
        _server.Take();
        _network.Crash("b");
        _time.RunUntilIdle();

        Assert.IsType<ConnectionResetException>(_client.Caught);
        Assert.Empty(_server.Take());
        Assert.Equal(ConnectFailure.Refused, Refusal("b", 9092));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        Assert.Equal(Trail(3), Trail(3));
        Assert.NotEqual(Trail(3), Trail(4));
    }

    private static List<int> Trail(ulong seed)
    {
        var time = new ManualTime();
        var network = new InMemoryNetwork(time, new SeededRandomSource(seed)) { Splits = true, DelayMax = TimeSpan.FromSeconds(1) };
        var server = new ProbeHandler();
        var (a, b) = (network.AddHost("a", time.CreateLoop("a")), network.AddHost("b", time.CreateLoop("b")));
        time.Await(b.ListenAsync(new() { Port = 1, Initializer = channel => channel.Pipeline.AddLast(server) }));
        var connecting = a.ConnectAsync(
            new() { Host = "b", Port = 1, Initializer = channel => channel.Pipeline.AddLast(new ProbeHandler()) });
        time.AdvanceMs(5000);
        var channel = time.Await(connecting);
        channel.Execute(() => channel.SendAndFlush(Message.Of(new byte[10_000])));
        time.AdvanceMs(5000);
        return [.. server.Reads.Select(bytes => bytes.Length)];
    }

    private TransportChannel Connect() =>
        _time.Await(_a.ConnectAsync(new() { Host = "b", Port = 9092, Initializer = channel => channel.Pipeline.AddLast(_client) }));

    private void Send(TransportChannel channel, byte value)
    {
        channel.Execute(() => channel.SendAndFlush(Message.Of([value])));
        _time.RunUntilIdle();
    }

    private ConnectFailure Refusal(string host, int port)
    {
        var connecting = _a.ConnectAsync(new() { Host = host, Port = port, Initializer = _ => { } });
        _time.Advance(TimeSpan.FromSeconds(10));
        return Assert.Throws<ConnectException>(() => _time.Await(connecting)).Failure;
    }
}
