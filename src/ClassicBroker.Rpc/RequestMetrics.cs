using System.Diagnostics.Metrics;
using System.Globalization;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// Counts and times requests and connections, under the names of Kafka's <c>kafka.network</c> beans. What is told by request is kept
/// while a listener wants it. Owned by the broker's socket server. Threading: safe from any loop.
/// </summary>
public sealed class RequestMetrics
{
    internal const string Bean = "kafka.network:type=RequestMetrics,name=";

    private const string Processor = "kafka.server:type=socket-server-metrics,name=";

    private readonly Lock _lock = new();
    private readonly RequestHistograms _histograms;
    private readonly RequestKindMetrics?[] _byApi = new RequestKindMetrics?[(short)ApiCatalog.All[^1].Key + 1];
    private readonly RequestKindMetrics _fetchConsumer;
    private readonly RequestKindMetrics _fetchFollower;
    private readonly DeprecatedRequests _deprecated = new();
    private readonly MetricCounter _malformed = new();
    private readonly Instrument _errors;
    private volatile ProcessorMetrics[] _processors = [];

    public RequestMetrics(MeterScope meters)
    {
        _histograms = new(meters);
        _fetchConsumer = new("FetchConsumer", ApiCatalog.Fetch.MaxVersion, _histograms);
        _fetchFollower = new("FetchFollower", ApiCatalog.Fetch.MaxVersion, _histograms);
        meters.Counters($"{Bean}RequestsPerSec", "Requests by name and version.", () => Kinds().SelectMany(kind => kind.CountsByVersion()));
        meters.Counters(
            $"{Bean}DeprecatedRequestsPerSec", "Requests of versions that Kafka 4 has given up, by client software.", _deprecated.Counts);
        _errors = meters.Counters(
            $"{Bean}ErrorsPerSec",
            "Error codes in responses; NONE is success. Each code of a response counts.",
            () => Kinds().SelectMany(kind => kind.CountsByError()));
        Server(meters);
        Processors(meters);
    }

    internal ProcessorMetrics ProcessorOf(string listener, IEventLoop loop)
    {
        var number = NumberOf(loop.Name);
        lock (_lock)
        {
            if (_processors.FirstOrDefault(known => known.Listener == listener && known.Number == number) is { } found)
            {
                return found;
            }

            var made = new ProcessorMetrics(listener, number);
            _processors = [.. _processors, made];
            return made;
        }
    }

    /// <summary>A response is about to be written.</summary>
    internal void Answered(RequestContext context, IResponse response)
    {
        if (_errors.Enabled)
        {
            response.CountErrors(Of(context.Api).Errors);
            if (context.ApiKey == ApiKey.Fetch)
            {
                response.CountErrors(FetchKind(context).Errors);
            }
        }
    }

    internal void Finished(RequestContext context, int responseLength)
    {
        if (!_histograms.TotalTime.IsObserved)
        {
            return;
        }

        Of(context.Api).Add(context, responseLength);
        if (context.ApiKey == ApiKey.Fetch)
        {
            FetchKind(context).Add(context, responseLength);
        }

        if (context.Api.IsDeprecated(context.ResponseVersion))
        {
            _deprecated.Add(context);
        }
    }

    internal void Malformed() => _malformed.Increment();

    private static int NumberOf(string loop)
    {
        var digits = loop.AsSpan()[(loop.LastIndexOf('-') + 1)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private void Server(MeterScope meters)
    {
        meters.Gauge(
            "kafka.network:type=RequestChannel,name=RequestsInFlight",
            "Requests that came and are not answered.",
            () => Sum(processor => processor.InFlight));
        meters.Gauges(
            "kafka.network:type=RequestChannel,name=ResponseQueueSize",
            "Responses written that the sockets have not taken; with processor those of one network thread.",
            ResponseQueues);
        meters.Counter(
            "kafka.network:type=SocketServer,name=MalformedRequests",
            "Connections closed because what they sent is no request.",
            () => _malformed.Value);
        meters.Gauge(
            "kafka.network:type=SocketServer,name=ExpiredConnectionsKilledCount",
            "Connections closed because they were used past the end of their SASL session.",
            () => Sum(processor => processor.SessionsEnded));
    }

    private void Processors(MeterScope meters)
    {
        Gauge("connection-count", "Open connections.", processor => processor.Connections);
        Counter("connection-creation-total", "Connections opened.", processor => processor.Opened);
        Counter("connection-close-total", "Connections closed.", processor => processor.Closed);
        Counter("request-total", "Requests received.", processor => processor.Requests);
        Counter("response-total", "Responses sent.", processor => processor.Responses);
        Counter("incoming-byte-total", "Bytes of requests.", processor => processor.BytesIn);
        Counter("outgoing-byte-total", "Bytes of responses.", processor => processor.BytesOut);
        Counter("successful-authentication-total", "Connections that authenticated.", processor => processor.Authentications);
        Counter("successful-reauthentication-total", "Connections that authenticated again.", processor => processor.Reauthentications);
        Counter("failed-authentication-total", "Connections that failed to authenticate.", processor => processor.FailedAuthentications);
        Gauge(
            "expired-connections-killed-count",
            "Connections closed because they were used past the end of their SASL session.",
            processor => processor.SessionsEnded);

        void Gauge(string name, string description, Func<ProcessorMetrics, long> value) =>
            meters.Gauges($"{Processor}{name}", description, () => ByProcessor(value));

        void Counter(string name, string description, Func<ProcessorMetrics, long> value) =>
            meters.Counters($"{Processor}{name}", description, () => ByProcessor(value));
    }

    private RequestKindMetrics Of(ApiDescriptor api) => Volatile.Read(ref _byApi[(short)api.Key]) ?? Make(api);

    private RequestKindMetrics Make(ApiDescriptor api)
    {
        lock (_lock)
        {
            return _byApi[(short)api.Key] ??= new(api.Name, api.MaxVersion, _histograms);
        }
    }

    private RequestKindMetrics FetchKind(RequestContext context) => context.IsOfFollower ? _fetchFollower : _fetchConsumer;

    private IEnumerable<RequestKindMetrics> Kinds() =>
        _byApi.OfType<RequestKindMetrics>().Append(_fetchConsumer).Append(_fetchFollower);

    private long Sum(Func<ProcessorMetrics, long> value) => _processors.Sum(value);

    private IEnumerable<Measurement<long>> ByProcessor(Func<ProcessorMetrics, long> value) =>
        _processors.Select(processor => new Measurement<long>(value(processor), processor.Tags));

    private IEnumerable<Measurement<long>> ResponseQueues() =>
        _processors.GroupBy(processor => processor.Number)
            .OrderBy(group => group.Key)
            .Select(group => new Measurement<long>(
                group.Sum(processor => processor.Leaving), new KeyValuePair<string, object?>("processor", $"{group.Key}")))
            .Prepend(new(Sum(processor => processor.Leaving)));
}
