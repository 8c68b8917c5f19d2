namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// The part of the time since the last reading that something went on, such as threads waiting, from a total that grows. Threading: any,
/// under its own lock.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="initial">What is shown before the first second has passed.</param>
public sealed class TimeRatio(TimeProvider time, double initial)
{
    /// <summary>Two listeners that read one after the other must see a ratio both.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _readAt = time.GetTimestamp();
    private TimeSpan _before;
    private double _ratio = initial;

    /// <param name="total">How long it has gone on so far, for all threads together.</param>
    /// <param name="threads">How many threads there are.</param>
    public double Measure(TimeSpan total, int threads)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var elapsed = time.GetElapsedTime(_readAt, now);
            if (elapsed >= ShortestInterval)
            {
                _ratio = Math.Clamp((total - _before) / (elapsed * Math.Max(1, threads)), 0, 1);
                (_before, _readAt) = (total, now);
            }

            return _ratio;
        }
    }
}
