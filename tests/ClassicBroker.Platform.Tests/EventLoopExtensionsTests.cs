using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests;

public sealed class EventLoopExtensionsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _loop;
    private readonly TaskCompletionSource _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly BackgroundWork _late;

    public EventLoopExtensionsTests()
    {
        _loop = _time.CreateLoop("loop");
        _late = new BackgroundWork("late", _loop);
    }

    private Task<(bool IsInTime, bool IsOnLoop)> Wait() =>
        _loop.InvokeAsync(async () => (await _loop.EndsWithinAsync(_work.Task, Patience, _late), _loop.InEventLoop));

    [Fact]
    public void Work_that_ends_in_time_resumes_its_waiter_on_the_loop()
    {
        var wait = Wait();
        _time.RunUntilIdle();
        Assert.False(wait.IsCompleted);
        _work.SetResult();
        Assert.Equal((true, true), _time.Await(wait));
    }

    [Fact]
    public void Patience_ends_at_its_time_and_not_before()
    {
        var wait = Wait();
        _time.AdvanceMs(999);
        Assert.False(wait.IsCompleted);
        _time.AdvanceMs(1);
        Assert.Equal((false, true), _time.Await(wait));
        _work.SetResult();
        _time.RunUntilIdle();
    }

    [Fact]
    public void Work_that_fails_in_time_has_ended_and_keeps_its_failure_for_itself()
    {
        var wait = Wait();
        _time.RunUntilIdle();
        _work.SetException(new IOException("gone"));
        Assert.True(_time.Await(wait).IsInTime);
    }

    [Fact]
    public void Work_that_fails_late_is_heard_of_all_the_same()
    {
        var wait = Wait();
        _time.AdvanceMs(1000);
        Assert.False(_time.Await(wait).IsInTime);
        _work.SetException(new IOException("gone"));
        Assert.Equal("gone", Assert.Throws<IOException>(_time.RunUntilIdle).Message);
    }

    [Fact]
    public void Work_that_has_ended_already_needs_no_turn_of_the_loop()
    {
        _work.SetResult();
        Assert.True(_loop.EndsWithinAsync(_work.Task, TimeSpan.Zero, _late).IsCompletedSuccessfully);
    }

    [Fact]
    public void All_of_many_are_awaited_on_the_loop_in_their_order()
    {
        var parts = Enumerable.Range(0, 3)
            .Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var wait = _loop.InvokeAsync(async () => (await parts.Select(part => part.Task).AwaitAllAsync(), _loop.InEventLoop));
        _time.RunUntilIdle();
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            Assert.False(wait.IsCompleted);
            parts[i].SetResult(i);
            _time.RunUntilIdle();
        }

        var (results, isOnLoop) = _time.Await(wait);
        Assert.Equal([0, 1, 2], results);
        Assert.True(isOnLoop);
    }

    [Fact]
    public void A_failure_among_many_is_told_once_all_have_ended()
    {
        var failing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wait = _loop.InvokeAsync(() => new[] { failing.Task, _work.Task }.AwaitAllAsync());
        failing.SetException(new IOException("first"));
        _time.RunUntilIdle();
        Assert.False(wait.IsCompleted);
        _work.SetException(new IOException("second"));
        Assert.Equal("first", Assert.Throws<IOException>(() => _time.Await(wait)).Message);
    }
}
