using ClassicBroker.Platform;

namespace ClassicBroker.Replication.Purgatory;

/// <summary>Work that waits for nothing but its time. Owned by who scheduled it. Threading: any thread may cancel.</summary>
internal sealed class ScheduledOperation(Action work, long delayMs) : DelayedOperation(delayMs), IScheduledWork
{
    public bool Cancel() => ForceComplete();

    protected override bool TryComplete() => false;

    protected override void OnComplete()
    {
    }

    protected override void OnExpiration() => work();
}
