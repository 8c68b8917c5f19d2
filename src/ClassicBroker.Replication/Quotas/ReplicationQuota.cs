using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Quotas;

/// <summary>
/// One side's limit on replication of the replicas a topic names (KIP-73): measures the bytes of the last windows, and tells whether they
/// are more than allowed. Replicas in sync are never held back; that is the caller's to see. Owned by the broker, one for its leaders and
/// one for its followers. Threading: any thread, under one lock.
/// </summary>
/// <param name="time">Whose monotonic clock the windows follow.</param>
/// <param name="brokerId">This broker, as the lists of replicas name it.</param>
/// <param name="throttledReplicas">The list a topic has for this side: <c>partition:broker</c> each, or <c>*</c>.</param>
/// <param name="bytesPerSecond">The limit as it is now.</param>
/// <param name="windowCount"><c>replication.quota.window.num</c>.</param>
/// <param name="windowMs"><c>replication.quota.window.size.seconds</c> in milliseconds.</param>
public sealed class ReplicationQuota(
    TimeProvider time,
    BrokerId brokerId,
    Func<LogConfig, IReadOnlyList<string>> throttledReplicas,
    Func<long> bytesPerSecond,
    int windowCount,
    long windowMs)
{
    /// <summary>An entry of a list that stands for all replicas.</summary>
    public const string All = "*";

    private readonly Lock _lock = new();
    private readonly Queue<(long StartMs, long Bytes)> _windows = new();
    private long _currentStartMs = long.MinValue;
    private long _currentBytes;
    private long _pastBytes;

    /// <summary>Is this broker's replica among those the topic has throttled on this side?</summary>
    public bool IsThrottled(PartitionLog log)
    {
        var listed = throttledReplicas(log.Config);
        foreach (var entry in listed)
        {
            if (entry == All || IsOwn(entry, log.Partition.Partition))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Have the last windows seen more than the limit allows?</summary>
    public bool IsExceeded
    {
        get
        {
            var limit = bytesPerSecond();
            if (limit == long.MaxValue)
            {
                return false;
            }

            return BytesPerSecond > limit;
        }
    }

    /// <summary>What was counted over the last windows.</summary>
    public double BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                var nowMs = time.MonotonicMs();
                Turn(nowMs);
                var elapsedMs = Math.Max(windowMs, nowMs - (_windows.TryPeek(out var oldest) ? oldest.StartMs : _currentStartMs));
                return (_pastBytes + _currentBytes) * 1000.0 / elapsedMs;
            }
        }
    }

    /// <summary>Counts bytes of a throttled replica, those of replicas in sync too.</summary>
    public void Record(long bytes)
    {
        lock (_lock)
        {
            Turn(time.MonotonicMs());
            _currentBytes += bytes;
        }
    }

    /// <summary>Closes the current window when its time is over, and drops those that are too old.</summary>
    private void Turn(long nowMs)
    {
        if (_currentStartMs == long.MinValue)
        {
            _currentStartMs = nowMs;
        }
        else if (nowMs - _currentStartMs >= windowMs)
        {
            _windows.Enqueue((_currentStartMs, _currentBytes));
            _pastBytes += _currentBytes;
            (_currentStartMs, _currentBytes) = (nowMs, 0);
        }

        while (_windows.TryPeek(out var oldest) && nowMs - oldest.StartMs >= windowCount * windowMs)
        {
            _windows.Dequeue();
            _pastBytes -= oldest.Bytes;
        }
    }

    private bool IsOwn(string entry, int partition)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && JavaText.TryParseInt(entry.AsSpan(0, colon), out var listedPartition)
            && JavaText.TryParseInt(entry.AsSpan(colon + 1), out var listedBroker)
            && listedPartition == partition
            && listedBroker == brokerId.Value;
    }
}
