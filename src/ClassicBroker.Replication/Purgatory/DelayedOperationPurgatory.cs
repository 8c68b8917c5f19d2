using System.Collections.Concurrent;

namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// Where requests wait for a condition (KIP-28's purgatory): an operation is watched under the keys whose events may fulfil it, and
/// expires by the timing wheel. Owned by the broker. Threading: all members from any thread; operations complete on the thread that
/// brought the event, or on the wheel's loop when they expire.
/// </summary>
public sealed class DelayedOperationPurgatory<TKey>
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, WatcherList> _watchers = new();
    private readonly TimingWheel _timers;
    private readonly int _purgeInterval;
    private long _watched;
    private long _estimatedTotal;
    private int _purging;

    /// <param name="name">The operation's kind, for metrics and logs, such as <c>Produce</c>.</param>
    /// <param name="timers">Expires what waits too long; this purgatory's own.</param>
    /// <param name="purgeInterval">Completed operations that may linger in watcher lists before these are swept.</param>
    public DelayedOperationPurgatory(string name, TimingWheel timers, int purgeInterval)
    {
        Name = name;
        _timers = timers;
        _purgeInterval = purgeInterval;
    }

    public string Name { get; }

    /// <summary>Operations that wait.</summary>
    public int Delayed => _timers.Count;

    /// <summary>Entries of watcher lists; an operation counts once for each of its keys.</summary>
    public int Watched => (int)Math.Max(0, Interlocked.Read(ref _watched));

    /// <summary>Completes the operation at once where its condition holds, and lets it wait otherwise; true where it completed.</summary>
    public bool TryCompleteElseWatch(DelayedOperation operation, params ReadOnlySpan<TKey> keys) =>
        TryCompleteElseWatch(operation, CancellationToken.None, keys);

    /// <summary>
    /// As <see cref="TryCompleteElseWatch(DelayedOperation, ReadOnlySpan{TKey})"/>; an operation that waits completes at once when
    /// <paramref name="cancellation"/> says that its client is gone.
    /// </summary>
    public bool TryCompleteElseWatch(DelayedOperation operation, CancellationToken cancellation, params ReadOnlySpan<TKey> keys)
    {
        if (operation.MaybeTryComplete())
        {
            return true;
        }

        foreach (var key in keys)
        {
            Watch(key, operation);
        }

        Interlocked.Increment(ref _estimatedTotal);

        // An event between the first attempt and the watching would otherwise be lost. So would one that comes during this attempt, if the
        // attempt were not of the kind that looks again when it is told to.
        if (!operation.MaybeTryComplete() && !operation.IsCompleted)
        {
            Await(operation);
            CancelWith(operation, cancellation);
        }

        PurgeWhenDue();
        return operation.IsCompleted;
    }

    /// <summary>Tries every operation watched under <paramref name="key"/>; returns how many completed.</summary>
    public int CheckAndComplete(TKey key)
    {
        if (Interlocked.Read(ref _watched) == 0 || !_watchers.TryGetValue(key, out var list))
        {
            return 0;
        }

        var (completed, removed) = list.TryCompleteWatched();
        Forget(key, list, removed);
        return completed;
    }

    /// <summary>Takes the operations off a key that is going away; they go on waiting under their other keys and their timeout.</summary>
    public IReadOnlyList<DelayedOperation> CancelForKey(TKey key)
    {
        if (!_watchers.TryRemove(key, out var list))
        {
            return [];
        }

        var operations = list.Close();
        Interlocked.Add(ref _watched, -operations.Count);
        return operations;
    }

    private void Await(DelayedOperation operation)
    {
        if (operation.DelayMs <= 0)
        {
            operation.Expire();
            return;
        }

        operation.Timer = _timers.Add(operation, operation.DelayMs);
        if (operation.IsCompleted)
        {
            // It completed before it knew its timer, and so could not cancel it.
            operation.Timer.Cancel();
        }
    }

    private void CancelWith(DelayedOperation operation, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled || operation.IsCompleted)
        {
            return;
        }

        operation.Cancellation = cancellation.UnsafeRegister(_ => Cancel(operation), null);
        if (operation.IsCompleted)
        {
            // It completed before it knew its registration, and so could not take it back.
            operation.Cancellation.Unregister();
        }
    }

    private void Cancel(DelayedOperation operation)
    {
        // What it holds must not wait for the next operation that comes to wait.
        if (operation.ForceComplete())
        {
            PurgeWhenDue();
        }
    }

    private void Watch(TKey key, DelayedOperation operation)
    {
        while (!operation.IsCompleted)
        {
            var list = _watchers.GetOrAdd(key, static _ => new WatcherList());
            if (list.TryAdd(operation))
            {
                Interlocked.Increment(ref _watched);
                return;
            }
        }
    }

    private void Forget(TKey key, WatcherList list, int removed)
    {
        if (removed > 0)
        {
            Interlocked.Add(ref _watched, -removed);
        }

        if (list.CloseWhenEmpty())
        {
            _watchers.TryRemove(KeyValuePair.Create(key, list));
        }
    }

    private void PurgeWhenDue()
    {
        var delayed = _timers.Count;
        if (Interlocked.Read(ref _estimatedTotal) - delayed <= _purgeInterval || Interlocked.Exchange(ref _purging, 1) != 0)
        {
            return;
        }

        Interlocked.Exchange(ref _estimatedTotal, delayed);
        foreach (var (key, list) in _watchers)
        {
            Forget(key, list, list.RemoveCompleted());
        }

        Volatile.Write(ref _purging, 0);
    }
}
