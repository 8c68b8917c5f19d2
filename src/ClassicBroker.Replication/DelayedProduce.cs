using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication;

/// <summary>
/// A produce with <c>acks=all</c> whose records the leader has and the other in-sync replicas do not have yet. Owned by the produce
/// purgatory; the request awaits <see cref="Completion"/> and then reads the errors of its <paramref name="waits"/>.
/// </summary>
public sealed class DelayedProduce(long timeoutMs, IReadOnlyList<ProduceWait> waits, ReplicaSet replicas) : DelayedOperation(timeoutMs)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    protected override bool TryComplete()
    {
        var pending = 0;
        foreach (var wait in waits)
        {
            if (wait.IsPending && !TrySettle(wait))
            {
                pending++;
            }
        }

        return pending == 0 && ForceComplete();
    }

    protected override void OnComplete() => _completion.SetResult();

    private bool TrySettle(ProduceWait wait)
    {
        var error = replicas.TryGet(wait.Partition, out var partition);
        if (error == Primitives.ErrorCode.None)
        {
            if (partition!.CheckEnoughReplicasReachOffset(wait.RequiredOffset) is not { } outcome)
            {
                return false;
            }

            error = outcome;
        }

        wait.Error = error;
        wait.IsPending = false;
        return true;
    }
}
