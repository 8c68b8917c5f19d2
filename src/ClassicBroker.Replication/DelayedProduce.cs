using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication;

/// <summary>
/// A produce with <c>acks=all</c> whose records the leader has and the other in-sync replicas do not have yet. Owned by the produce
/// purgatory; the request awaits <see cref="Completion"/> and then reads the errors of its <paramref name="waits"/>.
/// </summary>
public sealed class DelayedProduce(long timeoutMs, IReadOnlyList<ProduceWait> waits, ReplicaManager replicas) : DelayedOperation(timeoutMs)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    protected override bool TryComplete() => TrySettleAll(waits, replicas) && ForceComplete();

    protected override void OnComplete() => _completion.SetResult();

    /// <summary>Ends what waits can end; true where none is left.</summary>
    internal static bool TrySettleAll(IReadOnlyList<ProduceWait> waits, ReplicaManager replicas)
    {
        var pending = 0;
        for (var i = 0; i < waits.Count; i++)
        {
            if (!waits[i].TrySettle(replicas))
            {
                pending++;
            }
        }

        return pending == 0;
    }
}
