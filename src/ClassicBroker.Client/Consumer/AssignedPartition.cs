using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Where a consumer stands in one of its partitions. What was consumed and what was fetched differ by what lies in the buffer. Threading:
/// everything under the lock of the <see cref="Assignment"/>.
/// </summary>
internal sealed class AssignedPartition(TopicPartition partition)
{
    /// <summary>Fetches that may lie in the buffer before the next one is sent: one to consume, one to follow.</summary>
    private const int MaxBuffered = 2;

    public const int NoReplica = -1;

    private volatile bool _isPaused;
    private volatile bool _isGone;

    public TopicPartition Partition { get; } = partition;

    /// <summary>Offset of the next record to consume; null while it is not known.</summary>
    public long? Position { get; private set; }

    /// <summary>Offset of the next record to fetch.</summary>
    public long FetchOffset { get; private set; }

    /// <summary>
    /// Epoch of the last record consumed, -1 where unknown; with it a new leader tells whether it has that record (KIP-320).
    /// </summary>
    public int LastEpoch { get; private set; } = -1;

    /// <summary>Grows with every jump: what was fetched for an older generation is of no use.</summary>
    public int Generation { get; private set; }

    /// <summary>The position is what the group committed, which is not known yet.</summary>
    public bool AwaitsCommitted { get; private set; }

    /// <summary>Nothing is fetched and nothing handed out. The buffer reads it without the lock.</summary>
    public bool IsPaused
    {
        get => _isPaused;
        set => _isPaused = value;
    }

    /// <summary>
    /// The partition was taken from the consumer: what was fetched of it is of no use. The buffer reads it without the lock.
    /// </summary>
    public bool IsGone
    {
        get => _isGone;
        set => _isGone = value;
    }

    /// <summary>The timestamp or special to look a position up by; null where none is to be looked up.</summary>
    public long? ResetTo { get; private set; }

    /// <summary>True while the lookup is under way.</summary>
    public bool IsResetting { get; set; }

    /// <summary>Fetches in the buffer.</summary>
    public int Buffered { get; set; }

    /// <summary>No fetch before this, on the monotonic clock: the last one failed.</summary>
    public long RetryAtMs { get; set; }

    /// <summary>The replica the leader sent us to (KIP-392), and until when that holds.</summary>
    public int PreferredReplica { get; private set; } = NoReplica;

    public long PreferredUntilMs { get; private set; }

    public long HighWatermark { get; set; } = -1;

    public bool IsFetchable => Position is not null && !IsPaused && Buffered < MaxBuffered;

    /// <summary>Goes on at an offset, wherever the partition stood before.</summary>
    public void Seek(long offset, int epoch = -1)
    {
        AwaitsCommitted = false;
        Position = offset;
        FetchOffset = offset;
        LastEpoch = epoch;
        ResetTo = null;
        Jump();
    }

    /// <summary>Has the position looked up by a timestamp or special before anything else is fetched.</summary>
    public void RequestReset(long timestamp)
    {
        AwaitsCommitted = false;
        Position = null;
        ResetTo = timestamp;
        Jump();
    }

    /// <summary>Has the position wait for what the group committed.</summary>
    public void AwaitCommitted() => AwaitsCommitted = true;

    /// <summary>Begins where the group left off; without an offset where <c>auto.offset.reset</c> says.</summary>
    public void Begin(OffsetAndMetadata? committed)
    {
        AwaitsCommitted = false;
        if (committed is { } offset)
        {
            Seek(offset.Offset, offset.LeaderEpoch);
        }
    }

    /// <summary>Records up to <paramref name="next"/> were handed out.</summary>
    public void Consumed(long next, int epoch)
    {
        Position = next;
        LastEpoch = epoch;
    }

    /// <summary>Records up to <paramref name="next"/> were fetched.</summary>
    public void Fetched(long next) => FetchOffset = Math.Max(FetchOffset, next);

    public void Prefer(int replica, long untilMs) => (PreferredReplica, PreferredUntilMs) = (replica, untilMs);

    private void Jump()
    {
        Generation++;
        Buffered = 0;
        RetryAtMs = 0;
        PreferredReplica = NoReplica;
    }
}
