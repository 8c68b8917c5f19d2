namespace ClassicBroker.Storage;

/// <summary>
/// Keeps what the cleaners read and write together below <c>log.cleaner.io.max.bytes.per.second</c> (Kafka's Throttler): when they have
/// moved more than an interval's share, they pause as long as it takes to be right again. Threading: any.
/// </summary>
internal sealed class CleanerThrottle(double bytesPerSecondMax, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private long _periodStart = time.GetTimestamp();
    private double _observed;

    /// <summary>Counts bytes that have been moved; how long the one who moved them is to pause now.</summary>
    public TimeSpan Pause(int bytes)
    {
        lock (_lock)
        {
            _observed += bytes;
            var elapsed = time.GetElapsedTime(_periodStart);
            var due = _observed / bytesPerSecondMax;
            if (elapsed <= Interval && due <= Interval.TotalSeconds)
            {
                return TimeSpan.Zero;
            }

            var pause = Math.Min(due - elapsed.TotalSeconds, int.MaxValue / 1000);
            (_periodStart, _observed) = (time.GetTimestamp(), 0);
            if (pause <= 0)
            {
                return TimeSpan.Zero;
            }

            // The period begins when the pause is over.
            _periodStart += (long)(pause * time.TimestampFrequency);
            return TimeSpan.FromSeconds(pause);
        }
    }
}
