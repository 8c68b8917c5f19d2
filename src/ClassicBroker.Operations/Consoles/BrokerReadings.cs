using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Operations.Consoles;

/// <summary>
/// Reads those metrics of the hosting broker that are charted: of what is counted, the rate since the last reading. Listens from its
/// making on. Threading: read by one at a time.
/// </summary>
public sealed class BrokerReadings : IDisposable
{
    private const string TopicTag = "topic";
    private const string RequestTag = "request";
    private const string Percentile = "0.99";

    /// <summary>Instrument, the request it is told apart by, what it is charted as, unit, and how many of it make one unit.</summary>
    private static readonly (string Instrument, string? Request, string Name, string Unit)[] Charted =
    [
        ("kafka.server.BrokerTopicMetrics.BytesInPerSec", null, "Broker: bytes in", "bytes/s"),
        ("kafka.server.BrokerTopicMetrics.BytesOutPerSec", null, "Broker: bytes out", "bytes/s"),
        ("kafka.server.BrokerTopicMetrics.MessagesInPerSec", null, "Broker: records in", "records/s"),
        ("kafka.server.BrokerTopicMetrics.FailedProduceRequestsPerSec", null, "Broker: failed produce requests", "requests/s"),
        ("kafka.server.BrokerTopicMetrics.FailedFetchRequestsPerSec", null, "Broker: failed fetch requests", "requests/s"),
        ("kafka.network.RequestMetrics.TotalTimeMs", "Produce", "Broker: produce time, 99th percentile", "ms"),
        ("kafka.network.RequestMetrics.TotalTimeMs", "FetchConsumer", "Broker: consumer fetch time, 99th percentile", "ms"),
        ("kafka.network.SocketServer.NetworkProcessorAvgIdlePercent", null, "Broker: network threads idle", "share"),
        ("kafka.server.ReplicaManager.UnderReplicatedPartitions", null, "Broker: under-replicated partitions it leads", "partitions"),
    ];

    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, (double Value, bool IsCount)> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _counted = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private long _readAt;

    public BrokerReadings(MeterScope meters, TimeProvider time)
    {
        (_time, _readAt) = (time, time.GetTimestamp());
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters && Charted.Any(charted => charted.Instrument == instrument.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The values of now, under the names they are charted by.</summary>
    public IReadOnlyList<ChartedValue> Read()
    {
        _read.Clear();
        _listener.RecordObservableInstruments();
        var seconds = _time.GetElapsedTime(_readAt).TotalSeconds;
        _readAt = _time.GetTimestamp();
        var values = new List<ChartedValue>();
        foreach (var (_, _, name, unit) in Charted)
        {
            if (!_read.TryGetValue(name, out var read))
            {
                continue;
            }

            if (!read.IsCount)
            {
                values.Add(new(name, unit, read.Value));
            }
            else if (_counted.TryGetValue(name, out var before) && seconds > 0)
            {
                values.Add(new(name, unit, Math.Max(0, read.Value - before) / seconds));
            }

            if (read.IsCount)
            {
                _counted[name] = read.Value;
            }
        }

        return values;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Of what is told apart by topic only the whole is taken, and of a distribution one percentile.</summary>
    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? request = null;
        foreach (var (key, tag) in tags)
        {
            if (key == TopicTag || (key == HistogramFamily.QuantileTag && tag as string != Percentile))
            {
                return;
            }

            request = key == RequestTag ? tag as string : request;
        }

        foreach (var charted in Charted)
        {
            if (charted.Instrument == instrument.Name && charted.Request == request)
            {
                _read[charted.Name] = (value, instrument is ObservableCounter<long> or ObservableCounter<double>);
            }
        }
    }
}
