using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Transport.Tests;

/// <summary>Steps of handshakes that take time, on a clock that each of them moves on.</summary>
public sealed class HandshakeTurnsTests
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    private readonly ManualTime _time = new();
    private readonly StepClock _clock;
    private readonly ManualEventLoop _loop;
    private readonly HandshakeTurns _turns;
    private readonly List<string> _ran = [];

    public HandshakeTurnsTests()
    {
        _clock = new StepClock(_time);
        _loop = _time.CreateLoop("network", _clock);
        _turns = new HandshakeTurns(_loop);
    }

    [Fact]
    public void After_a_stretch_of_handshakes_the_loop_is_for_others()
    {
        for (var i = 0; i < 6; i++)
        {
            Take($"handshake {i}");
        }

        _loop.Execute(() => _ran.Add("request"));
        _time.RunUntilIdle();
        Assert.Equal(["handshake 0", "request"], _ran);
        Assert.Equal(5, _turns.Waiting);

        _time.Advance(Rest);
        Assert.Equal(["handshake 0", "request", "handshake 1"], _ran);
        Take("handshake 6");
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(Rest);
        }

        Assert.Equal(["handshake 4", "handshake 5", "handshake 6"], _ran[^3..]);
        Assert.Equal(0, _turns.Waiting);
    }

    [Fact]
    public void A_loop_that_tells_when_it_has_looked_at_its_sockets_needs_no_timer()
    {
        var looked = new Queue<Action>();
        var turns = new HandshakeTurns(_loop, looked.Enqueue);
        foreach (var name in (string[])["first", "second", "third"])
        {
            Take(name, turns);
        }

        Assert.Equal(["first"], _ran);
        looked.Dequeue()();
        Assert.Equal(["first", "second"], _ran);
        looked.Dequeue()();
        looked.Dequeue()();
        Assert.Equal(["first", "second", "third"], _ran);
        Assert.True(turns.IsTurn);
        Assert.Empty(looked);
    }

    [Fact]
    public void A_handshake_now_and_then_never_waits()
    {
        for (var i = 0; i < 10; i++)
        {
            Take($"{i}");
            Assert.Equal(i + 1, _ran.Count);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private void Take(string name, HandshakeTurns? ofLoop = null)
    {
        var turns = ofLoop ?? _turns;
        if (turns.IsTurn)
        {
            var begin = turns.Begin();
            Run(name);
            turns.End(begin);
        }
        else
        {
            turns.Wait(() => Run(name));
        }
    }

    private void Run(string name)
    {
        _ran.Add(name);
        _clock.Spent += TimeSpan.FromMilliseconds(2);
    }

    /// <summary>The test's clock, and what its steps have taken on top of it.</summary>
    private sealed class StepClock(ManualTime time) : TimeProvider
    {
        public TimeSpan Spent { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp() + Spent.Ticks;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Spent;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
