using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing.Loops;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Controller.Tests;

/// <summary>Events that fail: the queue goes on, and whatever waits for one of them goes on as well.</summary>
public sealed class ControllerEventQueueTests
{
    private readonly ManualTime _time = new();
    private readonly CapturedLog _log = new();
    private readonly List<string> _processed = [];
    private readonly ControllerEventQueue _queue;

    public ControllerEventQueueTests() => _queue = new(
        _time.CreateLoop("controller"), new ControllerMetrics(new MeterScope(_time)), () => _processed.Add("resigned"), _ => { }, _log);

    [Fact]
    public void A_preempting_event_that_fails_keeps_no_session_waiting()
    {
        var ended = _queue.ClearAndPutAsync(new("Expire", () => Task.FromException(new ZooKeeperException(ZooKeeperError.NoNode, "/x"))));
        _queue.Put(Event("next"));
        _time.RunUntilIdle();
        Assert.True(ended.IsCompletedSuccessfully);
        Assert.Equal(["next"], _processed);
        Assert.Contains("Expire", Assert.Single(_log.Errors));
    }

    [Fact]
    public void A_preempting_event_drops_what_is_queued_and_tells_it()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Put(new("first", () => gate.Task));
        _queue.Put(Event("second") with { Preempt = () => _processed.Add("second preempted") });
        var ended = _queue.ClearAndPutAsync(Event("expire"));
        _time.RunUntilIdle();
        Assert.False(ended.IsCompleted);
        gate.SetResult();
        _time.RunUntilIdle();
        Assert.True(ended.IsCompletedSuccessfully);
        Assert.Equal(["second preempted", "expire"], _processed);
    }

    [Fact]
    public void An_event_that_fails_as_nothing_foresaw_stops_the_process()
    {
        _queue.Put(new("broken", () => throw new FormatException("unforeseen")));
        Assert.Equal("unforeseen", Assert.Throws<FormatException>(_time.RunUntilIdle).Message);
    }

    [Fact]
    public void An_event_that_finds_another_controller_resigns_and_the_next_goes_on()
    {
        _queue.Put(new("stale", () => Task.FromException(new Metadata.ControllerMovedException("moved"))));
        _queue.Put(Event("next"));
        _time.RunUntilIdle();
        Assert.Equal(["resigned", "next"], _processed);
    }

    private ControllerEvent Event(string name) => new(name, () =>
    {
        _processed.Add(name);
        return Task.CompletedTask;
    });
}
