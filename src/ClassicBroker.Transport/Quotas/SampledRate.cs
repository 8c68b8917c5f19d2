namespace ClassicBroker.Transport;

/// <summary>
/// A rate over sliding sample windows, with Kafka's arithmetic: the sum of the samples over the time since the oldest began, taken as at
/// least all windows but the last. Threading: under the lock of its owner.
/// </summary>
public sealed class SampledRate(int samplesMax, long windowMs)
{
    /// <summary>One more than counts: the oldest may reach into the time that is measured.</summary>
    private readonly List<Sample> _samples = new(3);

    private int _current;

    /// <summary>When something was last recorded.</summary>
    public long LastRecordMs { get; private set; }

    public void Record(double value, long nowMs)
    {
        LastRecordMs = nowMs;
        if (_samples.Count == 0)
        {
            _samples.Add(new Sample(nowMs));
        }

        if (nowMs - _samples[_current].StartMs >= windowMs)
        {
            _current = (_current + 1) % (samplesMax + 1);
            if (_current == _samples.Count)
            {
                _samples.Add(new Sample(nowMs));
            }
            else
            {
                _samples[_current].Reset(nowMs);
            }
        }

        _samples[_current].Value += value;
        _samples[_current].LastEventMs = nowMs;
    }

    /// <summary>Per second.</summary>
    public double Measure(long nowMs)
    {
        var window = WindowMs(nowMs);
        var sum = 0.0;
        foreach (var sample in _samples)
        {
            sum += sample.Value;
        }

        return sum / (window / 1000.0);
    }

    /// <summary>
    /// For how long no more may come so that the rate falls to <paramref name="bound"/>; zero where it is not above.
    /// </summary>
    public long ThrottleMs(double bound, long nowMs)
    {
        var rate = Measure(nowMs);
        return rate > bound ? (long)Math.Min(Math.Floor(((rate - bound) / bound * WindowMs(nowMs)) + 0.5), int.MaxValue) : 0;
    }

    private long WindowMs(long nowMs)
    {
        foreach (var sample in _samples)
        {
            if (nowMs - sample.LastEventMs >= samplesMax * windowMs)
            {
                sample.Reset(nowMs);
            }
        }

        var oldestMs = nowMs;
        foreach (var sample in _samples)
        {
            oldestMs = Math.Min(oldestMs, sample.StartMs);
        }

        var elapsedMs = nowMs - oldestMs;
        var missing = samplesMax - 1 - (elapsedMs / windowMs);
        return Math.Max(1, missing > 0 ? elapsedMs + (missing * windowMs) : elapsedMs);
    }

    private sealed class Sample(long nowMs)
    {
        public long StartMs { get; private set; } = nowMs;

        public long LastEventMs { get; set; } = nowMs;

        public double Value { get; set; }

        public void Reset(long atMs)
        {
            (StartMs, LastEventMs, Value) = (atMs, atMs, 0);
        }
    }
}
