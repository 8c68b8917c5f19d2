using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What putting records into other formats costs, under the names of Kafka's <c>MessageConversionsTimeMs</c> and
/// <c>TemporaryMemoryBytes</c>. Owned by the broker. Threading: any.
/// </summary>
public sealed class ConversionMetrics
{
    private const string Bean = "kafka.network:type=RequestMetrics,name=";

    private readonly MetricHistogram _produceTime;
    private readonly MetricHistogram _fetchTime;
    private readonly MetricHistogram _produceBytes;
    private readonly MetricHistogram _fetchBytes;

    public ConversionMetrics(MeterScope meters)
    {
        var times = meters.Histograms($"{Bean}MessageConversionsTimeMs", "Time spent on putting records into another format, in ms.");
        var bytes = meters.Histograms($"{Bean}TemporaryMemoryBytes", "Memory used for putting records into another format.");
        (_produceTime, _fetchTime) = (times.Of(Request("Produce")), times.Of(Request("Fetch")));
        (_produceBytes, _fetchBytes) = (bytes.Of(Request("Produce")), bytes.Of(Request("Fetch")));
    }

    public void Produced(TimeSpan time, int bytes)
    {
        _produceTime.Record(time.TotalMilliseconds);
        _produceBytes.Record(bytes);
    }

    public void Fetched(TimeSpan time, int bytes)
    {
        _fetchTime.Record(time.TotalMilliseconds);
        _fetchBytes.Record(bytes);
    }

    private static KeyValuePair<string, object?> Request(string name) => new("request", name);
}
