using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication.Fetch;

/// <summary>
/// Calls followers back when this broker has begun to lead. Those that wait here for records of other partitions would ask for the new ones
/// only at the end of their long poll, and producers with <c>acks=all</c> would wait with them: their fetches are answered, and the next
/// ones wait for a moment only, because the controller may reach a follower later than its leader. Owned by the
/// <see cref="ReplicaManager"/>. Threading: any.
/// </summary>
internal sealed class FollowerRecall(DelayedOperationPurgatory<TopicPartition> fetches, TimeProvider time)
{
    private const int WaitMsMax = 20;
    private const int PeriodMs = 1_000;

    private long _untilMs = long.MinValue;
    private int _number;

    /// <summary>Stands, among what waiting fetches are watched under, for all that are of followers.</summary>
    public static TopicPartition Key { get; } = new("", -1);

    /// <summary>How often followers were called: a fetch that began to wait at another number is answered.</summary>
    public int Number => Volatile.Read(ref _number);

    public void Begin()
    {
        Volatile.Write(ref _untilMs, time.MonotonicMs() + PeriodMs);
        Interlocked.Increment(ref _number);
        fetches.CheckAndComplete(Key);
    }

    /// <summary>How long a follower that would wait so long waits now.</summary>
    public int Limit(int waitMs) => time.MonotonicMs() < Volatile.Read(ref _untilMs) ? Math.Min(waitMs, WaitMsMax) : waitMs;
}
