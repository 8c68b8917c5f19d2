using System.Diagnostics.Metrics;
using System.Numerics;

namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// One distribution: how many values fell into each of a row of buckets that are three percent wide. Percentiles are of the last five to
/// ten minutes, about what Kafka's sample, which prefers the last five, shows. Values are kept while a listener wants them. Threading:
/// recorded from any thread without a lock; read by one listener at a time.
/// </summary>
public sealed class MetricHistogram
{
    private const int BucketsPerDoublingLog2 = 5;
    private const int BucketsPerDoubling = 1 << BucketsPerDoublingLog2;
    private const int LargestLog2 = 40;
    private const int Buckets = (LargestLog2 - BucketsPerDoublingLog2 + 2) * BucketsPerDoubling;
    private const long LargestValue = (1L << (LargestLog2 + 1)) - 1;

    /// <summary>Values are kept as thousandths: a time in milliseconds by the microsecond.</summary>
    private const double Resolution = 1000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly HistogramFamily _family;
    private volatile int[]? _current;
    private int[]? _previous;
    private long _windowBegan;
    private long _count;
    private long _sum;

    internal MetricHistogram(HistogramFamily family, KeyValuePair<string, object?>[] tags) => (_family, Tags) = (family, tags);

    /// <summary>The percentiles that Kafka's beans have.</summary>
    public static IReadOnlyList<(double Fraction, string Text)> Fractions { get; } =
        [(0.5, "0.50"), (0.75, "0.75"), (0.95, "0.95"), (0.98, "0.98"), (0.99, "0.99"), (0.999, "0.999")];

    /// <summary>How many values were recorded.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>All values added up.</summary>
    public double Sum => Interlocked.Read(ref _sum) / Resolution;

    internal KeyValuePair<string, object?>[] Tags { get; }

    /// <summary>What has tags is shown from its first value on, as Kafka makes the bean then; what has none always is.</summary>
    internal bool IsShown => Tags.Length == 0 || Count > 0;

    /// <summary>Is the value of any use? Spares the caller the measuring.</summary>
    public bool IsObserved => _family.IsObserved;

    /// <summary>Counts a value in; negative ones count as zero.</summary>
    public void Record(double value)
    {
        if (!_family.IsObserved)
        {
            return;
        }

        var scaled = (long)Math.Clamp(value * Resolution, 0, LargestValue);
        Interlocked.Increment(ref (_current ?? Begin())[BucketOf(scaled)]);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _sum, scaled);
    }

    /// <summary>The value that a fraction of the last values does not exceed; zero where there are none.</summary>
    public double Percentile(double fraction) => Percentile(Counted(), fraction);

    internal IEnumerable<Measurement<double>> Percentiles()
    {
        Turn();
        var counted = Counted();
        return Fractions.Select(percentile => new Measurement<double>(
            Percentile(counted, percentile.Fraction), [.. Tags, new(HistogramFamily.QuantileTag, percentile.Text)]));
    }

    private static double Percentile(long[] counted, double fraction)
    {
        var rank = (long)Math.Ceiling(counted.Sum() * fraction);
        for (var bucket = 0; bucket < counted.Length; bucket++)
        {
            rank -= counted[bucket];
            if (rank <= 0 && counted[bucket] > 0)
            {
                return Middle(bucket) / Resolution;
            }
        }

        return 0;
    }

    private static int BucketOf(long value)
    {
        if (value < BucketsPerDoubling)
        {
            return (int)value;
        }

        var exponent = BitOperations.Log2((ulong)value);
        var shift = exponent - BucketsPerDoublingLog2;
        return ((shift + 1) << BucketsPerDoublingLog2) + (int)((value >> shift) & (BucketsPerDoubling - 1));
    }

    private static double Middle(int bucket)
    {
        if (bucket < BucketsPerDoubling)
        {
            return bucket;
        }

        var shift = (bucket >> BucketsPerDoublingLog2) - 1;
        var lowest = (long)(BucketsPerDoubling + (bucket & (BucketsPerDoubling - 1))) << shift;
        return lowest + (((1L << shift) - 1) / 2.0);
    }

    private int[] Begin()
    {
        Interlocked.CompareExchange(ref _current, new int[Buckets], null);
        return _current;
    }

    /// <summary>Drops the older window when the newer one is complete. Increments under way may still go to the older one.</summary>
    private void Turn()
    {
        var now = _family.Time.GetTimestamp();
        if (_windowBegan == 0)
        {
            _windowBegan = now;
        }
        else if (_family.Time.GetElapsedTime(_windowBegan, now) >= Window && _current is { } current)
        {
            (_previous, _current, _windowBegan) = (current, new int[Buckets], now);
        }
    }

    private long[] Counted()
    {
        var counted = new long[Buckets];
        foreach (var window in (ReadOnlySpan<int[]?>)[_previous, _current])
        {
            for (var bucket = 0; window is not null && bucket < Buckets; bucket++)
            {
                counted[bucket] += Volatile.Read(ref window[bucket]);
            }
        }

        return counted;
    }
}
