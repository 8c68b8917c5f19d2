using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Loops;

/// <summary>A timer of a <see cref="ManualTime"/>. Threading: the test's thread only.</summary>
/// <param name="time">Whose.</param>
/// <param name="fire">What it does when it is due.</param>
/// <param name="period">How often it is due after the first time; never where not positive.</param>
/// <param name="count">Told of each timer more that is armed, and of each less.</param>
internal sealed class ManualTimer(ManualTime time, Action fire, TimeSpan period, Action<int>? count = null) : ITimer, IScheduledWork
{
    private const long NotArmed = 0;

    private TimeSpan _period = period;
    private long _armedAs = NotArmed;

    public bool IsDueAt(long order) => _armedAs == order;

    public void Fire()
    {
        Arm(_period > TimeSpan.Zero ? time.Enqueue(this, _period) : NotArmed);
        fire();
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        Arm(dueTime < TimeSpan.Zero ? NotArmed : time.Enqueue(this, dueTime));
        return true;
    }

    public bool Cancel()
    {
        var armed = _armedAs != NotArmed;
        Arm(NotArmed);
        return armed;
    }

    public void Dispose() => Cancel();

    public ValueTask DisposeAsync()
    {
        Cancel();
        return ValueTask.CompletedTask;
    }

    private void Arm(long number)
    {
        var more = (number == NotArmed ? 0 : 1) - (_armedAs == NotArmed ? 0 : 1);
        _armedAs = number;
        if (more != 0)
        {
            count?.Invoke(more);
        }
    }
}
