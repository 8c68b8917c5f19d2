using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace ClassicBroker.Client.Tests.Telemetry;

/// <summary>Listens to the clients' meter and source, as an application's OpenTelemetry does. Threading: any.</summary>
internal sealed class TelemetryListener : IDisposable
{
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    public TelemetryListener()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "ClassicBroker.Client")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measurements.Enqueue(Text(instrument, value, tags)));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measurements.Enqueue(Text(instrument, value, tags)));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "ClassicBroker.Client",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>As <c>name value {tag=value …}</c>, without what all have alike.</summary>
    public ConcurrentQueue<string> Measurements { get; } = new();

    public ConcurrentQueue<Activity> Spans { get; } = new();

    public void ReadGauges() => _meters.RecordObservableInstruments();

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private static string Text<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> texts = [];
        foreach (var (key, tag) in tags)
        {
            if (key != "messaging.system")
            {
                texts.Add(string.Create(CultureInfo.InvariantCulture, $"{key.Replace("messaging.", "", StringComparison.Ordinal)}={tag}"));
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {value} {{{string.Join(' ', texts)}}}");
    }
}
