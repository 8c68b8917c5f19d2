using System.Diagnostics.Metrics;

namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// The meters of one broker: instruments under the names of Kafka's beans, each meter with this object as its scope, so that several
/// brokers of one process are told apart. What a broker counts is read when a listener asks; nothing is kept for listeners that do not
/// exist. Owned by the code that made it, which disposes of it after the broker. Threading: any.
/// </summary>
public sealed class MeterScope(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Meter> _meters = new(StringComparer.Ordinal);

    /// <summary>How many instruments there are.</summary>
    public int InstrumentCount { get; private set; }

    /// <summary>A value as it is when it is read.</summary>
    public Instrument Gauge(string bean, string description, Func<long> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableGauge(name, observe, null, description);
    }

    /// <inheritdoc cref="Gauge(string, string, Func{long})"/>
    public Instrument Gauge(string bean, string description, Func<double> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableGauge(name, observe, null, description);
    }

    /// <summary>Values told apart by tags, as they are when they are read.</summary>
    public Instrument Gauges(string bean, string description, Func<IEnumerable<Measurement<long>>> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableGauge(name, observe, null, description);
    }

    /// <inheritdoc cref="Gauges(string, string, Func{IEnumerable{Measurement{long}}})"/>
    public Instrument Gauges(string bean, string description, Func<IEnumerable<Measurement<double>>> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableGauge(name, observe, null, description);
    }

    /// <summary>A count that only grows.</summary>
    public Instrument Counter(string bean, string description, Func<long> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableCounter(name, observe, null, description);
    }

    /// <inheritdoc cref="Counter(string, string, Func{long})"/>
    public Instrument Counter(string bean, string description, Func<double> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableCounter(name, observe, null, description);
    }

    /// <summary>Counts told apart by tags.</summary>
    public Instrument Counters(string bean, string description, Func<IEnumerable<Measurement<long>>> observe)
    {
        var (meter, name) = Named(bean);
        return meter.CreateObservableCounter(name, observe, null, description);
    }

    /// <summary>A distribution, whose parts are told apart by tags.</summary>
    public HistogramFamily Histograms(string bean, string description)
    {
        var (meter, name) = Named(bean);
        return new(meter, name, description, time);
    }

    /// <summary>A distribution of one kind of value.</summary>
    public MetricHistogram Histogram(string bean, string description) => Histograms(bean, description).Of();

    /// <summary>Takes all instruments away from their listeners.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var meter in _meters.Values)
            {
                meter.Dispose();
            }

            _meters.Clear();
        }
    }

    private (Meter Meter, string Name) Named(string bean)
    {
        var name = BeanName.Parse(bean);
        lock (_lock)
        {
            if (!_meters.TryGetValue(name.Domain, out var meter))
            {
                _meters[name.Domain] = meter = new Meter(new MeterOptions(name.Domain) { Scope = this });
            }

            InstrumentCount++;
            return (meter, name.Instrument);
        }
    }
}
