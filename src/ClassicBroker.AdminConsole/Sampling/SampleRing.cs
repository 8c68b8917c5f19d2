namespace ClassicBroker.AdminConsole.Sampling;

/// <summary>The last hour of one value: a sample every ten seconds, older ones overwritten. Guarded by its owner's lock.</summary>
internal sealed class SampleRing
{
    /// <summary>An hour of samples.</summary>
    public const int Capacity = 360;

    private readonly long[] _times = new long[Capacity];
    private readonly double[] _values = new double[Capacity];
    private int _next;
    private int _count;

    /// <summary>The newest value; null before the first.</summary>
    public double? Last => _count == 0 ? null : _values[(_next + Capacity - 1) % Capacity];

    public void Add(long timeMs, double value)
    {
        (_times[_next], _values[_next]) = (timeMs, value);
        _next = (_next + 1) % Capacity;
        _count = Math.Min(_count + 1, Capacity);
    }

    /// <summary>All samples, the oldest first.</summary>
    public Series ToSeries(string name, string unit)
    {
        var (times, values) = (new long[_count], new double[_count]);
        for (var i = 0; i < _count; i++)
        {
            var at = (_next + Capacity - _count + i) % Capacity;
            (times[i], values[i]) = (_times[at], _values[at]);
        }

        return new(name, unit, times, values);
    }
}
