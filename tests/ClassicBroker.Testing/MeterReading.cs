using System.Diagnostics.Metrics;
using System.Globalization;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Testing;

/// <summary>Listens to the meters of one scope and reads them when it is asked. Threading: the test's.</summary>
public sealed class MeterReading : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _instruments = new(StringComparer.Ordinal);

    public MeterReading(MeterScope meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                _instruments.Add(instrument.Name);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _values[Key(instrument, tags)] = value);
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _values[Key(instrument, tags)] = value);
        _listener.Start();
    }

    /// <summary>The names of all instruments there are.</summary>
    public IReadOnlyCollection<string> Instruments => _instruments;

    /// <summary>All values as they are now, by the instrument's name with its tags in braces behind it.</summary>
    public IReadOnlyDictionary<string, double> Read()
    {
        _values.Clear();
        _listener.RecordObservableInstruments();
        return _values;
    }

    public void Dispose() => _listener.Dispose();

    private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new List<string>();
        foreach (var (key, value) in tags)
        {
            text.Add(string.Create(CultureInfo.InvariantCulture, $"{key}={value}"));
        }

        return text.Count == 0 ? instrument.Name : $"{instrument.Name}{{{string.Join(',', text)}}}";
    }
}
