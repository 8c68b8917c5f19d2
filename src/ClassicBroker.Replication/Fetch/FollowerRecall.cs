using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication.Fetch;

/// <summary>
/// Calls followers back when this broker has begun to lead. Those that wait here for records of other partitions would ask for the new ones
/// only at the end of their long poll, and producers with <c>acks=all</c> would wait with them: their fetches are answered, and the next
/// ones wait for a moment only, because the controller may reach a follower later than its leader; each for as long as all before it, so
/// that they are few. Owned by the <see cref="ReplicaManager"/>. Threading: any.
/// </summary>
internal sealed class FollowerRecall(DelayedOperationPurgatory<TopicPartition> fetches, TimeProvider time)
{
    private const int WaitMsMin = 20;

    /// <summary>Before any clock's beginning, and not so far that a difference overflows.</summary>
    private const long Never = long.MinValue / 2;

    private long _beganMs = Never;
    private int _number;

    /// <summary>Stands, among what waiting fetches are watched under, for all that are of followers.</summary>
    public static TopicPartition Key { get; } = new("", -1);

    /// <summary>How often followers were called: a fetch that began to wait at another number is answered.</summary>
    public int Number => Volatile.Read(ref _number);

    public void Begin()
    {
        Volatile.Write(ref _beganMs, time.MonotonicMs());
        Interlocked.Increment(ref _number);
        fetches.CheckAndComplete(Key);
    }

    /// <summary>How long a follower that would wait so long waits now.</summary>
    public int Limit(int waitMs) => (int)Math.Min(waitMs, Math.Max(WaitMsMin, time.MonotonicMs() - Volatile.Read(ref _beganMs)));
}
