using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// What is counted of requests of one name: an API, or one of the two that Kafka tells fetches apart by. Made when the first of them
/// ends. Threading: any.
/// </summary>
internal sealed class RequestKindMetrics
{
    private readonly string _name;
    private readonly long[] _byVersion;
    private readonly KeyValuePair<string, object?>[]?[] _versionTags;
    private readonly MetricHistogram _requestBytes;
    private readonly MetricHistogram _responseBytes;
    private readonly MetricHistogram _totalTime;
    private readonly MetricHistogram _requestQueueTime;
    private readonly MetricHistogram _localTime;
    private readonly MetricHistogram _remoteTime;
    private readonly MetricHistogram _throttleTime;
    private readonly MetricHistogram _responseQueueTime;
    private readonly MetricHistogram _responseSendTime;

    public RequestKindMetrics(string name, int versionMax, RequestHistograms histograms)
    {
        _name = name;
        _byVersion = new long[versionMax + 1];
        _versionTags = new KeyValuePair<string, object?>[]?[versionMax + 1];
        var tag = new KeyValuePair<string, object?>("request", name);
        _requestBytes = histograms.RequestBytes.Of(tag);
        _responseBytes = histograms.ResponseBytes.Of(tag);
        _totalTime = histograms.TotalTime.Of(tag);
        _requestQueueTime = histograms.RequestQueueTime.Of(tag);
        _localTime = histograms.LocalTime.Of(tag);
        _remoteTime = histograms.RemoteTime.Of(tag);
        _throttleTime = histograms.ThrottleTime.Of(tag);
        _responseQueueTime = histograms.ResponseQueueTime.Of(tag);
        _responseSendTime = histograms.ResponseSendTime.Of(tag);
    }

    public ErrorCounts Errors { get; } = new();

    public void Add(RequestContext context, int responseLength)
    {
        Interlocked.Increment(ref _byVersion[context.ResponseVersion]);
        _requestBytes.Record(context.FrameLength);
        _responseBytes.Record(responseLength);
        var clock = context.Loop.Time;
        ref readonly var times = ref context.Times;
        _requestQueueTime.Record(times.QueueMs(clock));
        _localTime.Record(times.LocalMs(clock));
        _remoteTime.Record(times.RemoteMs(clock));
        _throttleTime.Record(context.ThrottleTimeMs);
        _responseQueueTime.Record(times.ResponseQueueMs(clock));
        _responseSendTime.Record(times.SendMs(clock));
        _totalTime.Record(times.TotalMs(clock));
    }

    public IEnumerable<Measurement<long>> CountsByVersion()
    {
        for (var version = 0; version < _byVersion.Length; version++)
        {
            if (Volatile.Read(ref _byVersion[version]) is var count and > 0)
            {
                yield return new(count, _versionTags[version] ??= [new("request", _name), new("version", $"{version}")]);
            }
        }
    }

    public IEnumerable<Measurement<long>> CountsByError() => Errors.All.Select(entry => new Measurement<long>(
        entry.Count, new("request", _name), new("error", entry.Code.WireName())));
}
