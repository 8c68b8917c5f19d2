using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

/// <summary>One budget over many connections.</summary>
public sealed class RequestMemoryTests
{
    private const int Budget = 400_000;

    private readonly RequestMemory _memory = new(Budget, new MeterScope(TimeProvider.System));
    private readonly List<TaskCompletionSource<HeartbeatResponse?>> _waiting = [];

    [Fact]
    public void A_connection_that_would_exceed_the_budget_is_left_unread_and_others_go_on()
    {
        var greedy = Broker();
        var modest = Broker();
        for (var i = 0; i < 10; i++)
        {
            greedy.Channel.WriteInbound(Request(i, 50_000));
        }

        Assert.Equal(4, _waiting.Count);
        Assert.False(greedy.Channel.AutoRead);
        modest.Channel.WriteInbound(Request(1, 50_000));
        modest.Channel.WriteInbound(Request(2, 50_000));
        Assert.Equal(5, _waiting.Count);

        _waiting[4].SetResult(new());
        Settle([greedy, modest]);
        Assert.Equal([1], modest.TakeAnswered());
        Assert.Equal(6, _waiting.Count);
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i].TrySetResult(new());
            Settle([greedy, modest]);
        }

        Assert.Equal(Enumerable.Range(0, 10), greedy.TakeAnswered());
        Assert.Equal([2], modest.TakeAnswered());
        greedy.Dispose();
        modest.Dispose();
        Assert.Equal(0, _memory.UsedBytes);
    }

    [Fact]
    public void Frames_that_come_in_part_stop_one_another_and_end_one_by_one()
    {
        var brokers = Enumerable.Range(0, 5).Select(_ => Broker()).ToList();
        var frames = Enumerable.Range(0, 5).Select(i => Request(i, 150_000)).ToList();
        for (var i = 0; i < 5; i++)
        {
            brokers[i].Channel.WriteInbound(frames[i].AsSpan(0, 90_000));
        }

        Assert.InRange(_memory.UsedBytes, Budget / 2, 5 * 262_144);
        Assert.Contains(brokers, broker => !broker.Channel.AutoRead);
        var small = Broker();
        small.Channel.WriteInbound(Request(9, 10));
        Assert.Single(_waiting);

        for (var i = 0; i < 5; i++)
        {
            brokers[i].Channel.WriteInbound(frames[i].AsSpan(90_000));
        }

        Settle(brokers);
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i].TrySetResult(new());
            Settle([small, .. brokers]);
        }

        Assert.Equal(6, _waiting.Count);
        brokers.ForEach(broker => broker.Dispose());
        small.Dispose();
        Assert.Equal(0, _memory.UsedBytes);
        Assert.Equal(0, _memory.Frames.Waiting + _memory.Requests.Waiting);
    }

    [Fact]
    public void A_peer_that_falls_silent_in_its_turn_is_cut_off_and_the_next_goes_on()
    {
        var (silent, next) = (Broker(), Broker());
        var frame = Request(1, 250_000);
        silent.Channel.WriteInbound(frame.AsSpan(0, 240_000));
        next.Channel.WriteInbound(frame.AsSpan(0, 90_000));
        Assert.True(silent.Channel.AutoRead);
        Assert.False(next.Channel.AutoRead);

        silent.Time.Advance(FrameMemory.TurnSilenceMax / 2);
        silent.Channel.WriteInbound(frame.AsSpan(240_000, 1));
        silent.Time.Advance(FrameMemory.TurnSilenceMax - TimeSpan.FromMilliseconds(1));
        Assert.True(silent.Channel.Active);
        silent.Time.AdvanceMs(1);
        Assert.False(silent.Channel.Active);

        Settle([silent, next]);
        Assert.True(next.Channel.AutoRead);
        next.Channel.WriteInbound(frame.AsSpan(90_000));
        Assert.Single(_waiting);
        _waiting[0].SetResult(new());
        Settle([next]);
        next.Dispose();
        Assert.Equal(0, _memory.UsedBytes);
    }

    [Fact]
    public void A_connection_that_ends_gives_back_what_it_held()
    {
        var broker = Broker();
        broker.Channel.WriteInbound(Request(1, 50_000));
        broker.Channel.WriteInbound(Request(2, 150_000).AsSpan(0, 90_000));
        Assert.NotEqual(0, _memory.UsedBytes);
        broker.Channel.Break(new ConnectionResetException("gone"));

        Assert.Equal(0, _memory.UsedBytes);
    }

    /// <summary>A request that is longer than its fields: what follows the last is ignored.</summary>
    private static byte[] Request(int correlationId, int padding) =>
        Frames.Raw([.. Frames.Request(new HeartbeatRequest { GroupId = "g" }, 0, correlationId)[4..], .. new byte[padding]]);

    private static void Settle(IEnumerable<BrokerEnd> brokers)
    {
        foreach (var broker in brokers)
        {
            broker.Channel.Time.RunUntilIdle();
        }
    }

    private BrokerEnd Broker() =>
        new(
            RequestLimits.Default,
            new("PLAINTEXT", SecurityProtocol.Plaintext),
            ChannelOptions.Default,
            _memory,
            new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) =>
            {
                var answer = new TaskCompletionSource<HeartbeatResponse?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(answer);
                return new(answer.Task);
            }));
}
