using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Operations.Otlp;

/// <summary>
/// The metrics of one broker, and those of the .NET runtime, as requests of OTLP (<c>ExportMetricsServiceRequest</c> in protobuf). What
/// Kafka's beans count is a monotonic sum since the start, everything else a gauge; percentiles are gauges with the attribute
/// <c>quantile</c>. Listens from its making on. Threading: one collection at a time; any thread.
/// </summary>
public sealed class OtlpMetrics : IDisposable
{

    /// <summary>Where a request is full: collectors take 4 MiB and more, unless they are told otherwise.</summary>
    private const int RequestBytesMax = 2 * 1024 * 1024;

    // ExportMetricsServiceRequest, ResourceMetrics, ScopeMetrics, Metric, Gauge, Sum and NumberDataPoint.
    private const int ResourceMetrics = 1;
    private const int Resource = 1, ScopeMetrics = 2;
    private const int Scope = 1, Metrics = 2;
    private const int Name = 1, Description = 2, Unit = 3, Gauge = 5, Sum = 7;
    private const int DataPoints = 1, Temporality = 2, IsMonotonic = 3;
    private const int StartTime = 2, Time = 3, AsDouble = 4, AsInteger = 6, Attributes = 7;
    private const ulong Cumulative = 2;

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly IReadOnlyDictionary<string, string> _resource;
    private readonly ulong _startNs;
    private readonly SortedDictionary<string, SortedDictionary<string, Points>> _meters = new(StringComparer.Ordinal);
    private ulong _nowNs;

    /// <param name="meters">The broker's.</param>
    /// <param name="resource">Whom the metrics are about.</param>
    /// <param name="startNs">When counting began, in nanoseconds since 1970.</param>
    public OtlpMetrics(MeterScope meters, IReadOnlyDictionary<string, string> resource, ulong startNs)
    {
        _resource = resource;
        _startNs = startNs;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (PrometheusExposition.IsShown(instrument, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => TakeInteger(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => TakeInteger(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => TakeNumber(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Reads all metrics and writes them down, as many requests as it takes.</summary>
    public IReadOnlyList<byte[]> Collect(ulong nowNs)
    {
        lock (_lock)
        {
            _nowNs = nowNs;
            _listener.RecordObservableInstruments();
            return Requests();
        }
    }

    public void Dispose() => _listener.Dispose();

    private List<byte[]> Requests()
    {
        var requests = new List<byte[]>();
        var writer = new ProtobufWriter();
        var (resource, scope) = (0, 0);
        foreach (var (meter, instruments) in _meters)
        {
            BeginScope(meter);
            foreach (var points in instruments.Values.Where(points => points.Writer.Length > 0))
            {
                if (writer.Length > RequestBytesMax)
                {
                    EndRequest();
                    BeginScope(meter);
                }

                WriteMetric(writer, points);
                points.Writer.Clear();
            }

            writer.End(scope);
        }

        if (writer.Length > 0)
        {
            writer.End(resource);
            requests.Add(writer.Written.ToArray());
        }

        return requests;

        void BeginScope(string meter)
        {
            if (writer.Length == 0)
            {
                resource = writer.Begin(ResourceMetrics);
                OtlpAttributes.WriteResource(writer, Resource, _resource);
            }

            scope = writer.Begin(ScopeMetrics);
            OtlpAttributes.WriteScope(writer, Scope, meter);
        }

        void EndRequest()
        {
            writer.End(scope);
            writer.End(resource);
            requests.Add(writer.Written.ToArray());
            writer.Clear();
        }
    }

    private static void WriteMetric(ProtobufWriter writer, Points points)
    {
        var instrument = points.Instrument;
        var metric = writer.Begin(Metrics);
        writer.Text(Name, instrument.Name);
        writer.Text(Description, instrument.Description ?? "");
        writer.Text(Unit, instrument.Unit ?? "");
        var isCounter = PrometheusNames.IsCounter(instrument);
        var data = writer.Begin(isCounter ? Sum : Gauge);
        writer.Append(points.Writer.Written);
        if (isCounter)
        {
            writer.Varint(Temporality, Cumulative);
            writer.Varint(IsMonotonic, 1);
        }

        writer.End(data);
        writer.End(metric);
    }

    private void TakeInteger(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var writer = WriterOf(instrument);
        var point = Begin(writer, tags);
        writer.Fixed64(AsInteger, (ulong)value);
        writer.End(point);
    }

    private void TakeNumber(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var writer = WriterOf(instrument);
        var point = Begin(writer, tags);
        writer.Double(AsDouble, value);
        writer.End(point);
    }

    private int Begin(ProtobufWriter writer, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var point = writer.Begin(DataPoints);
        writer.Fixed64(StartTime, _startNs);
        writer.Fixed64(Time, _nowNs);
        foreach (var (key, value) in tags)
        {
            OtlpAttributes.Write(writer, Attributes, key, value);
        }

        return point;
    }

    private ProtobufWriter WriterOf(Instrument instrument)
    {
        if (!_meters.TryGetValue(instrument.Meter.Name, out var instruments))
        {
            _meters[instrument.Meter.Name] = instruments = new(StringComparer.Ordinal);
        }

        if (!instruments.TryGetValue(instrument.Name, out var points))
        {
            instruments[instrument.Name] = points = new Points(instrument, new ProtobufWriter());
        }

        return points.Writer;
    }

    /// <summary>The data points of an instrument on their way into a request.</summary>
    private sealed record Points(Instrument Instrument, ProtobufWriter Writer);
}
