namespace ClassicBroker.Server.Metrics;

/// <summary>
/// The lowest of several rates per second, each from how far a count has risen since it was last read. Threading: any, under its own lock.
/// </summary>
internal sealed class SlowestRate(TimeProvider time)
{
    /// <summary>Two listeners that read one after the other must see a rate both.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Dictionary<(int, int), long> _before = [];
    private long _readAt;
    private double _rate;

    /// <summary>Zero where there is no count.</summary>
    public double Measure(IEnumerable<((int, int) Key, long Count)> counts)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var elapsed = time.GetElapsedTime(_readAt, now);
            if (_readAt == 0 || elapsed >= ShortestInterval)
            {
                var current = counts.ToDictionary(entry => entry.Key, entry => entry.Count);
                _rate = _readAt == 0
                    ? 0
                    : current.Select(entry => (entry.Value - _before.GetValueOrDefault(entry.Key)) / elapsed.TotalSeconds)
                        .DefaultIfEmpty().Min();
                (_before, _readAt) = (current, now);
            }

            return _rate;
        }
    }
}
