using System.Buffers;

namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// The operations watched under one key. Threading: any thread. Operations are tried outside the list's lock, because completing one may
/// bring events for other keys.
/// </summary>
internal sealed class WatcherList
{
    private readonly Lock _lock = new();
    private readonly List<DelayedOperation> _operations = [];
    private bool _closed;

    /// <summary>False where the list has been dropped and a new one must be taken.</summary>
    public bool TryAdd(DelayedOperation operation)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _operations.Add(operation);
            }

            return !_closed;
        }
    }

    /// <summary>Tries each operation, and drops those that are done.</summary>
    public (int Completed, int Removed) TryCompleteWatched()
    {
        var operations = Snapshot(out var count);
        var completed = 0;
        for (var i = 0; i < count; i++)
        {
            if (operations[i].MaybeTryComplete())
            {
                completed++;
            }
        }

        if (count > 0)
        {
            ArrayPool<DelayedOperation>.Shared.Return(operations, clearArray: true);
        }

        return (completed, RemoveCompleted());
    }

    public int RemoveCompleted()
    {
        lock (_lock)
        {
            return _operations.RemoveAll(static operation => operation.IsCompleted);
        }
    }

    public bool CloseWhenEmpty()
    {
        lock (_lock)
        {
            _closed |= _operations.Count == 0;
            return _closed;
        }
    }

    public IReadOnlyList<DelayedOperation> Close()
    {
        lock (_lock)
        {
            _closed = true;
            var operations = _operations.ToArray();
            _operations.Clear();
            return operations;
        }
    }

    private DelayedOperation[] Snapshot(out int count)
    {
        lock (_lock)
        {
            count = _operations.Count;
            if (count == 0)
            {
                return [];
            }

            var operations = ArrayPool<DelayedOperation>.Shared.Rent(count);
            _operations.CopyTo(operations);
            return operations;
        }
    }
}
