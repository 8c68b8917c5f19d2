using System.Diagnostics.Metrics;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// Counts and times requests, under the names of Kafka's <c>kafka.network</c> beans. Threading: safe from any loop.
/// </summary>
public sealed class RequestMetrics : IDisposable
{
    public const string MeterName = "kafka.network";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _requestBytes;
    private readonly Counter<long> _responseBytes;
    private readonly Histogram<double> _totalTimeMs;
    private readonly Histogram<double> _requestQueueTimeMs;
    private readonly Histogram<double> _localTimeMs;
    private readonly Histogram<double> _remoteTimeMs;
    private readonly Histogram<double> _throttleTimeMs;
    private readonly Histogram<double> _responseQueueTimeMs;
    private readonly Histogram<double> _responseSendTimeMs;
    private readonly UpDownCounter<long> _inFlight;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _authentications;
    private readonly Counter<long> _reauthentications;
    private readonly Counter<long> _failedAuthentications;
    private readonly Counter<long> _sessionsEnded;
    private readonly KeyValuePair<string, object?>[]?[][] _tags;

    public RequestMetrics()
    {
        _requests = _meter.CreateCounter<long>("kafka.network.RequestMetrics.RequestsPerSec", "requests");
        _requestBytes = _meter.CreateCounter<long>("kafka.network.RequestMetrics.RequestBytes", "bytes");
        _responseBytes = _meter.CreateCounter<long>("kafka.network.RequestMetrics.ResponseBytes", "bytes");
        _totalTimeMs = Time("TotalTimeMs");
        _requestQueueTimeMs = Time("RequestQueueTimeMs");
        _localTimeMs = Time("LocalTimeMs");
        _remoteTimeMs = Time("RemoteTimeMs");
        _throttleTimeMs = Time("ThrottleTimeMs");
        _responseQueueTimeMs = Time("ResponseQueueTimeMs");
        _responseSendTimeMs = Time("ResponseSendTimeMs");
        _inFlight = _meter.CreateUpDownCounter<long>("kafka.network.RequestChannel.RequestsInFlight", "requests");
        _malformed = _meter.CreateCounter<long>("kafka.network.SocketServer.MalformedRequests", "requests");
        _authentications = _meter.CreateCounter<long>("kafka.network.SocketServer.SuccessfulAuthentications", "connections");
        _reauthentications = _meter.CreateCounter<long>("kafka.network.SocketServer.SuccessfulReauthentications", "connections");
        _failedAuthentications = _meter.CreateCounter<long>("kafka.network.SocketServer.FailedAuthentications", "connections");
        _sessionsEnded = _meter.CreateCounter<long>("kafka.network.SocketServer.ExpiredConnectionsKilledCount", "connections");
        _tags = new KeyValuePair<string, object?>[]?[(short)ApiCatalog.All[^1].Key + 1][];
        foreach (var api in ApiCatalog.All)
        {
            _tags[(short)api.Key] = [.. Enumerable.Range(0, api.MaxVersion + 1).Select(version => Tags(api, (short)version))];
        }
    }

    public void Dispose() => _meter.Dispose();

    internal void Started() => _inFlight.Add(1);

    internal void Finished(RequestContext context, int responseLength)
    {
        _inFlight.Add(-1);
        if (!_requests.Enabled && !_totalTimeMs.Enabled)
        {
            return;
        }

        ReadOnlySpan<KeyValuePair<string, object?>> tags = _tags[(short)context.ApiKey][context.ResponseVersion];
        _requests.Add(1, tags);
        _requestBytes.Add(context.FrameLength, tags);
        _responseBytes.Add(responseLength, tags);
        var clock = context.Loop.Time;
        ref readonly var times = ref context.Times;
        _requestQueueTimeMs.Record(times.QueueMs(clock), tags);
        _localTimeMs.Record(times.LocalMs(clock), tags);
        _remoteTimeMs.Record(times.RemoteMs(clock), tags);
        _throttleTimeMs.Record(context.ThrottleTimeMs, tags);
        _responseQueueTimeMs.Record(times.ResponseQueueMs(clock), tags);
        _responseSendTimeMs.Record(times.SendMs(clock), tags);
        _totalTimeMs.Record(times.TotalMs(clock), tags);
    }

    private Histogram<double> Time(string name) => _meter.CreateHistogram<double>($"kafka.network.RequestMetrics.{name}", "ms");

    internal void Malformed() => _malformed.Add(1);

    internal void Authenticated(bool isFirst) => (isFirst ? _authentications : _reauthentications).Add(1);

    internal void AuthenticationFailed() => _failedAuthentications.Add(1);

    internal void SessionEnded() => _sessionsEnded.Add(1);

    private static KeyValuePair<string, object?>[] Tags(ApiDescriptor api, short version) =>
        [new("request", api.Name), new("version", version)];
}
