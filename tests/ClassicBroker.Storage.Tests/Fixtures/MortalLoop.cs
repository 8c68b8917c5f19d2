using ClassicBroker.Platform;

namespace ClassicBroker.Storage.Tests;

/// <summary>A loop of a process that can be killed: what was queued then never runs.</summary>
internal sealed class MortalLoop(IEventLoop inner) : IEventLoop
{
    private bool _isDead;

    public string Name => inner.Name;

    public bool InEventLoop => inner.InEventLoop;

    public TimeProvider Time => inner.Time;

    public void Die() => _isDead = true;

    public void Execute(Action work) => inner.Execute(() => RunUnlessDead(work));

    public IScheduledWork Schedule(Action work, TimeSpan delay) => inner.Schedule(() => RunUnlessDead(work), delay);

    private void RunUnlessDead(Action work)
    {
        if (!_isDead)
        {
            work();
        }
    }
}
