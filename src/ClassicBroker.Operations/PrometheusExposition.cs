using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Operations;

/// <summary>
/// The metrics of one broker, and those of the .NET runtime, in Prometheus' text format, under the names of the exporter for Java. Listens
/// from its making on, which is what has distributions kept. Threading: one exposition at a time; any thread.
/// </summary>
public sealed class PrometheusExposition : IDisposable
{
    /// <summary>What <see cref="Write"/> writes.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string RuntimeMeter = "System.Runtime";

    private readonly Lock _lock = new();

    /// <summary>Guards the table of families alone: who makes an instrument does not wait for an exposition.</summary>
    private readonly Lock _familiesLock = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    public PrometheusExposition(MeterScope meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsShown(instrument, meters))
            {
                listener.EnableMeasurementEvents(instrument, Expose(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, shown) => Take(value, tags, shown));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, shown) => Take(value, tags, shown));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, shown) => Take(value, tags, shown));
        _listener.Start();
    }

    /// <summary>Reads all metrics and writes them down, in UTF-8.</summary>
    public byte[] Write()
    {
        lock (_lock)
        {
            var text = new Utf8Text();
            try
            {
                _listener.RecordObservableInstruments();
                foreach (var family in Families())
                {
                    family.WriteTo(text);
                }

                return text.Written.ToArray();
            }
            finally
            {
                text.Clear();
                foreach (var family in Families())
                {
                    family.Forget();
                }
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Of the runtime only what it counts itself: events between two readings have no place here.</summary>
    internal static bool IsShown(Instrument instrument, MeterScope meters) =>
        instrument.IsObservable && (instrument.Meter.Scope == meters || instrument.Meter.Name == RuntimeMeter);

    private ExposedInstrument Expose(Instrument instrument)
    {
        lock (_familiesLock)
        {
            return ExposedInstrument.Of(instrument, _families);
        }
    }

    private MetricFamily[] Families()
    {
        lock (_familiesLock)
        {
            return [.. _families.Values];
        }
    }

    private static void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? shown)
    {
        var exposed = (ExposedInstrument)shown!;
        var family = exposed.Family;
        if (tags is [.., { Key: HistogramFamily.QuantileTag }])
        {
            family.Kind = MetricFamily.Summary;
        }

        if (exposed.Resource is { } resource)
        {
            family.Add(exposed.Suffix, value, [new("resource", resource), .. tags]);
        }
        else
        {
            family.Add(exposed.Suffix, value, tags);
        }
    }
}
