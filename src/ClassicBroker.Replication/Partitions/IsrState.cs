using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// The ISR as the leader sees it: committed, or with one change under way (KIP-497). Immutable; swapped whole under the partition's lock.
/// </summary>
internal sealed record IsrState
{
    private IsrState(IReadOnlyList<int> isr, IReadOnlyList<int> maximalIsr, LeaderRecoveryState recoveryState, LeaderAndIsr? pending)
    {
        Isr = isr;
        MaximalIsr = maximalIsr;
        RecoveryState = recoveryState;
        Pending = pending;
    }

    public static IsrState None { get; } = Committed([], LeaderRecoveryState.Recovered);

    /// <summary>The last committed ISR: what <c>min.insync.replicas</c> is compared with before an append.</summary>
    public IReadOnlyList<int> Isr { get; }

    /// <summary>
    /// Every replica that may be in the ISR already or still: the high watermark waits for all of them, because the controller may elect
    /// any of them.
    /// </summary>
    public IReadOnlyList<int> MaximalIsr { get; }

    public LeaderRecoveryState RecoveryState { get; }

    /// <summary>The change that was sent and not answered yet.</summary>
    public LeaderAndIsr? Pending { get; }

    public bool IsInFlight => Pending is not null;

    public static IsrState Committed(IReadOnlyList<int> isr, LeaderRecoveryState recoveryState) => new(isr, isr, recoveryState, null);

    /// <summary>Waits for <paramref name="pending"/>, whose ISR has one replica more: it counts from now on.</summary>
    public IsrState Expanding(LeaderAndIsr pending)
    {
        Invariant.Require(!IsInFlight && Isr.All(pending.Isr.Contains));
        return new(Isr, pending.Isr, RecoveryState, pending);
    }

    /// <summary>
    /// Waits for <paramref name="pending"/>, whose ISR has fewer replicas: those that leave still count until it is committed.
    /// </summary>
    public IsrState Shrinking(LeaderAndIsr pending)
    {
        Invariant.Require(!IsInFlight && pending.Isr.Count > 0 && pending.Isr.All(Isr.Contains));
        return new(Isr, Isr, RecoveryState, pending);
    }

    public IsrState Reverted() => Committed(Isr, RecoveryState);
}
