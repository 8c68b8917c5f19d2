using ClassicBroker.Primitives;

namespace ClassicBroker.Platform.Tests;

public sealed class WorkerPoolTests
{
    [Fact]
    public async Task Work_that_blocks_keeps_other_work_waiting_only_where_every_thread_is_taken()
    {
        await using var pool = new WorkerPool("disk", 2, _ => { });
        using var release = new ManualResetEventSlim();
        using var started = new CountdownEvent(2);
        pool.Execute(() => Block(started, release));
        var beside = pool.RunAsync(() => 7);

        Assert.Equal(7, await beside);

        pool.Execute(() => Block(started, release));
        started.Wait();
        var queued = pool.RunAsync(() => 8);
        Assert.Equal(1, pool.Waiting);
        Assert.False(queued.IsCompleted);
        release.Set();
        Assert.Equal(8, await queued);
    }

    [Fact]
    public async Task More_threads_serve_what_already_waits()
    {
        await using var pool = new WorkerPool("disk", 1, _ => { });
        using var release = new ManualResetEventSlim();
        using var started = new CountdownEvent(1);
        pool.Execute(() => Block(started, release));
        started.Wait();
        var waiting = pool.RunAsync(() => Environment.CurrentManagedThreadId);

        pool.ThreadsMax = 2;

        Assert.NotEqual(0, await waiting);
        release.Set();
    }

    [Fact]
    public async Task Fewer_threads_still_do_all_work()
    {
        await using var pool = new WorkerPool("disk", 4, _ => { });
        using var release = new ManualResetEventSlim();
        using var started = new CountdownEvent(4);
        for (var i = 0; i < 4; i++)
        {
            pool.Execute(() => Block(started, release));
        }

        started.Wait();
        pool.ThreadsMax = 1;
        release.Set();

        var threads = new HashSet<int>();
        for (var i = 0; i < 100; i++)
        {
            threads.Add(await pool.RunAsync(() => Environment.CurrentManagedThreadId));
        }

        Assert.InRange(threads.Count, 1, 4);
    }

    [Fact]
    public async Task Disposal_waits_for_what_is_queued()
    {
        var done = 0;
        var pool = new WorkerPool("disk", 3, _ => { });
        for (var i = 0; i < 1000; i++)
        {
            pool.Execute(() => Interlocked.Increment(ref done));
        }

        await pool.DisposeAsync();

        Assert.Equal(1000, done);
    }

    [Fact]
    public async Task A_failure_reaches_who_waits_and_what_must_not_happen_is_fatal()
    {
        var fatal = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pool = new WorkerPool("disk", 1, failure => fatal.TrySetResult(failure));

        await Assert.ThrowsAsync<StorageException>(() => pool.RunAsync(() => throw new StorageException("read", "/x", 5, "bad")));
        Assert.False(fatal.Task.IsCompleted);

        pool.Execute(() => throw new InvariantViolatedException("never"));
        Assert.IsType<InvariantViolatedException>(await fatal.Task);
    }

    [Fact]
    public async Task Awaiting_on_a_loop_comes_back_to_it()
    {
        await using var pool = new WorkerPool("disk", 1, _ => { });
        await using var loop = new ThreadEventLoop("loop", TimeProvider.System, _ => { });

        var (there, back) = await loop.InvokeAsync(async () =>
        {
            var inPool = await pool.RunAsync(() => loop.InEventLoop);
            return (inPool, loop.InEventLoop);
        });

        Assert.False(there);
        Assert.True(back);
    }

    private static void Block(CountdownEvent started, ManualResetEventSlim release)
    {
        started.Signal();
        release.Wait();
    }
}
