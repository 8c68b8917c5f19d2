using ClassicBroker.Primitives;
using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication.Deletions;

/// <summary>
/// A DeleteRecords whose followers have not moved their log start yet. Owned by its purgatory; the request awaits
/// <see cref="Completion"/> and then reads its <paramref name="waits"/>.
/// </summary>
public sealed class DelayedDeleteRecords(long timeoutMs, IReadOnlyList<DeleteRecordsWait> waits, ReplicaManager replicas)
    : DelayedOperation(timeoutMs)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    protected override bool TryComplete()
    {
        foreach (var wait in waits)
        {
            if (wait.IsPending)
            {
                Settle(wait);
            }
        }

        return !waits.Any(wait => wait.IsPending) && ForceComplete();
    }

    protected override void OnComplete() => _completion.SetResult();

    private void Settle(DeleteRecordsWait wait)
    {
        var error = replicas.TryGet(wait.Partition, out var partition);
        var lowWatermark = partition?.LowWatermarkIfLeader() ?? DeleteRecordsWait.UnknownLowWatermark;
        if (error == ErrorCode.None && !partition!.IsLeader)
        {
            error = ErrorCode.NotLeaderOrFollower;
        }

        if (error != ErrorCode.None || lowWatermark >= wait.Offset)
        {
            (wait.Error, wait.LowWatermark, wait.IsPending) = (error, lowWatermark, false);
        }
    }
}
