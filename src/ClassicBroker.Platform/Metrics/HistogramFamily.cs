using System.Diagnostics.Metrics;

namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// The distributions of one bean, told apart by tags. Listeners see a gauge whose tag <see cref="QuantileTag"/> says which of Kafka's
/// percentiles it is, and the count and the sum of all values beside it. While no listener has asked for them, values are not kept.
/// Threading: any.
/// </summary>
public sealed class HistogramFamily
{
    /// <summary>The tag of the percentile, as a fraction.</summary>
    public const string QuantileTag = "quantile";

    /// <summary>Ends the name of the instrument that counts the values.</summary>
    public const string CountSuffix = ".Count";

    /// <summary>Ends the name of the instrument that adds the values up.</summary>
    public const string SumSuffix = ".Sum";

    private readonly Instrument _percentiles;
    private volatile MetricHistogram[] _histograms = [];
    private readonly Lock _lock = new();

    internal HistogramFamily(Meter meter, string name, string description, TimeProvider time)
    {
        Time = time;
        _percentiles = meter.CreateObservableGauge(name, Percentiles, null, description);
        meter.CreateObservableCounter(name + CountSuffix, Counts, null, description);
        meter.CreateObservableCounter(name + SumSuffix, Sums, null, description);
    }

    /// <summary>Does any listener want the values?</summary>
    public bool IsObserved => _percentiles.Enabled;

    internal TimeProvider Time { get; }

    /// <summary>A distribution with its own tags. Kept by the caller: each call makes another.</summary>
    public MetricHistogram Of(params KeyValuePair<string, object?>[] tags)
    {
        var made = new MetricHistogram(this, tags);
        lock (_lock)
        {
            _histograms = [.. _histograms, made];
        }

        return made;
    }

    /// <summary>Shows a distribution no more: what its tags name is gone.</summary>
    public void Remove(MetricHistogram histogram)
    {
        lock (_lock)
        {
            _histograms = [.. _histograms.Where(known => known != histogram)];
        }
    }

    private IEnumerable<Measurement<double>> Percentiles() =>
        _histograms.Where(histogram => histogram.IsShown).SelectMany(histogram => histogram.Percentiles());

    private IEnumerable<Measurement<long>> Counts() =>
        _histograms.Where(histogram => histogram.IsShown).Select(histogram => new Measurement<long>(histogram.Count, histogram.Tags));

    private IEnumerable<Measurement<double>> Sums() =>
        _histograms.Where(histogram => histogram.IsShown).Select(histogram => new Measurement<double>(histogram.Sum, histogram.Tags));
}
