using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Loops;

/// <summary>A timer of a <see cref="ManualTime"/>. Threading: the test's thread only.</summary>
internal sealed class ManualTimer(ManualTime time, Action fire, TimeSpan period) : ITimer, IScheduledWork
{
    private const long NotArmed = 0;

    private TimeSpan _period = period;
    private long _armedAs = NotArmed;

    public bool IsDueAt(long order) => _armedAs == order;

    public void Fire()
    {
        _armedAs = NotArmed;
        if (_period > TimeSpan.Zero)
        {
            _armedAs = time.Enqueue(this, _period);
        }

        fire();
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        _armedAs = dueTime < TimeSpan.Zero ? NotArmed : time.Enqueue(this, dueTime);
        return true;
    }

    public bool Cancel()
    {
        var armed = _armedAs != NotArmed;
        _armedAs = NotArmed;
        return armed;
    }

    public void Dispose() => Cancel();

    public ValueTask DisposeAsync()
    {
        Cancel();
        return ValueTask.CompletedTask;
    }
}
