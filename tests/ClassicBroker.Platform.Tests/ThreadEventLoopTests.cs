using System.Collections.Concurrent;

namespace ClassicBroker.Platform.Tests;

public class ThreadEventLoopTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Work_runs_in_order_on_the_loops_thread()
    {
        await using var loop = new ThreadEventLoop("test-loop", TimeProvider.System, NotExpected);
        var seen = new List<(int, bool, string?)>();
        for (var i = 0; i < 3; i++)
        {
            var number = i;
            loop.Execute(() => seen.Add((number, loop.InEventLoop, Thread.CurrentThread.Name)));
        }

        await loop.InvokeAsync(() => true).WaitAsync(Limit);

        Assert.Equal([(0, true, "test-loop"), (1, true, "test-loop"), (2, true, "test-loop")], seen);
        Assert.False(loop.InEventLoop);
    }

    [Fact]
    public async Task An_await_resumes_on_the_loop_it_started_on()
    {
        await using var loop = new ThreadEventLoop("test-loop", TimeProvider.System, NotExpected);
        var outside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var after = loop.InvokeAsync(async () =>
        {
            await outside.Task;
            return loop.InEventLoop;
        });
        outside.SetResult();

        Assert.True(await after.WaitAsync(Limit));
    }

    [Fact]
    public async Task Scheduled_work_runs_by_due_time_and_not_when_cancelled()
    {
        await using var loop = new ThreadEventLoop("test-loop", TimeProvider.System, NotExpected);
        var seen = new ConcurrentQueue<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Schedule(last.SetResult, TimeSpan.FromMilliseconds(60));
        loop.Schedule(() => seen.Enqueue(2), TimeSpan.FromMilliseconds(30));
        var cancelled = loop.Schedule(() => seen.Enqueue(3), TimeSpan.FromMilliseconds(20));
        loop.Schedule(() => seen.Enqueue(1), TimeSpan.FromMilliseconds(1));
        Assert.True(cancelled.Cancel());
        Assert.False(cancelled.Cancel());

        await last.Task.WaitAsync(Limit);

        Assert.Equal([1, 2], seen);
    }

    [Fact]
    public async Task What_work_throws_reaches_the_fatal_callback()
    {
        var fatal = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loop = new ThreadEventLoop("test-loop", TimeProvider.System, fatal.SetResult);
        loop.Execute(() => throw new InvalidOperationException("boom"));

        Assert.Equal("boom", (await fatal.Task.WaitAsync(Limit)).Message);
    }

    [Fact]
    public async Task Disposing_runs_what_was_queued_before()
    {
        var loop = new ThreadEventLoop("test-loop", TimeProvider.System, NotExpected);
        var ran = 0;
        for (var i = 0; i < 5000; i++)
        {
            loop.Execute(() => ran++);
        }

        await loop.DisposeAsync().AsTask().WaitAsync(Limit);
        loop.Execute(() => ran++);

        Assert.Equal(5000, ran);
    }

    [Fact]
    public async Task Work_from_many_threads_is_never_forgotten_by_a_parking_loop()
    {
        await using var loop = new ThreadEventLoop("test-loop", TimeProvider.System, NotExpected);
        var tasks = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                await loop.InvokeAsync(() => true);
            }
        }));

        await Task.WhenAll(tasks).WaitAsync(Limit);
    }

    private static void NotExpected(Exception exception) => Assert.Fail(exception.ToString());
}
