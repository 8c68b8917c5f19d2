using System.Runtime.ExceptionServices;
using ClassicBroker.Primitives;

namespace ClassicBroker.Platform;

/// <summary>
/// Work of one kind that runs on a loop while its starter goes on. It has a name, for logs and metrics, and a policy that says which
/// failures are known and survived. Every other failure, and every violated invariant, is thrown on the loop, which ends the process: no
/// exception is lost. Threading: any thread may start work; it runs on the loop, and several runs may be under way at once.
/// </summary>
public sealed class BackgroundWork
{
    private readonly IEventLoop _loop;
    private readonly Func<Exception, bool> _survives;
    private long _failures;
    private int _running;

    /// <param name="name">The kind of work, in words that suit a metric's tag, such as <c>isr-change-notification</c>.</param>
    /// <param name="loop">Where the work runs, and where a failure that is not survived is thrown.</param>
    /// <param name="survives">
    /// Runs on the loop with what the work threw: true where that failure is known and has been dealt with. Null where the work deals
    /// with all that it expects itself.
    /// </param>
    public BackgroundWork(string name, IEventLoop loop, Func<Exception, bool>? survives = null)
    {
        Name = name;
        _loop = loop;
        _survives = survives ?? (static _ => false);
    }

    public string Name { get; }

    /// <summary>Runs that have begun and not ended.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Runs that ended with an exception, survived or not.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Starts <paramref name="work"/> on the loop: at once where the caller is on it.</summary>
    public void Run(Func<Task> work)
    {
        if (_loop.InEventLoop)
        {
            Watch(Start(work));
        }
        else
        {
            _loop.Execute(() => Watch(Start(work)));
        }
    }

    /// <summary>Takes charge of work that has been started on the loop.</summary>
    public void Watch(Task work)
    {
        if (work.IsCompletedSuccessfully)
        {
            return;
        }

        Interlocked.Increment(ref _running);
        BackgroundWorkMetrics.Began(Name, _loop.Name);
        work.GetAwaiter().OnCompleted(() => Ended(work));
    }

    /// <summary>What fails before its first await fails like the rest.</summary>
    private static Task Start(Func<Task> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            return Task.FromException(failure);
        }
    }

    private void Ended(Task work)
    {
        Interlocked.Decrement(ref _running);
        BackgroundWorkMetrics.Ended(Name, _loop.Name);
        if (work.IsCompletedSuccessfully)
        {
            return;
        }

        Interlocked.Increment(ref _failures);
        BackgroundWorkMetrics.Failed(Name, _loop.Name);
        var failure = work.Exception is { } thrown ? thrown.InnerExceptions[0] : new TaskCanceledException(work);

        // Thrown from its own queue entry: a continuation's exceptions do not always reach the loop it runs on.
        _loop.Execute(() =>
        {
            if (failure is InvariantViolatedException || !_survives(failure))
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        });
    }
}
