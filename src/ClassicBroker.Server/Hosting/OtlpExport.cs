using System.IO.Compression;
using ClassicBroker.Operations.Otlp;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Tracing;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Sends metrics and traces to a collector of OpenTelemetry, where its variables of the environment ask for that. What cannot be sent is
/// given up, with a line in the log when that begins and when it ends: metrics are cumulative, and the broker waits for no collector. Made
/// by the executable, which stops it after the broker. Threading: its own loop.
/// </summary>
public sealed partial class OtlpExport : IAsyncDisposable
{
    private const int SuccessLow = 200;
    private const int SuccessHigh = 299;
    private const ulong NsOfMs = 1_000_000;

    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly OtlpSettings _settings;
    private readonly EventLoopGroup _loops;
    private readonly HttpRequester _http;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly OtlpMetrics? _metrics;
    private readonly OtlpSpans? _spans;
    private readonly Dictionary<string, TlsContext> _trust = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failing = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpExport(
        OtlpSettings settings,
        IReadOnlyDictionary<string, string> resource,
        MeterScope meters,
        EventLoopGroup loops,
        ITransport transport,
        IFileSystem files,
        TimeProvider time,
        ILogger log)
    {
        (_settings, _loops, _time, _log) = (settings, loops, time, log);
        _http = new HttpRequester(transport, loops.Loops[0]);
        foreach (var endpoint in new[] { settings.Metrics, settings.Traces }.OfType<OtlpEndpoint>())
        {
            _trust[endpoint.Url] = TlsContext.Load(TlsSettings.Read(key => TrustOf(endpoint, key)), files);
        }

        _metrics = settings.Metrics is null ? null : new OtlpMetrics(meters, resource, NowNs());
        _spans = settings.Traces is null ? null : new OtlpSpans(RequestActivities.SourceName, settings, resource);
        Activities = settings.Traces is null ? null : new RequestActivities();
        new BackgroundWork("otlp-export", loops.Loops[0]).Run(RunAsync);
    }

    /// <summary>What requests are told to; null where traces are not asked for.</summary>
    public RequestActivities? Activities { get; }

    /// <summary>Null where no variable asks for an export: then nothing listens and nothing is made.</summary>
    /// <param name="variable">The environment.</param>
    /// <param name="config">Tells who the broker is.</param>
    /// <param name="meters">The broker's.</param>
    /// <param name="openLoop">Makes the loop of the export.</param>
    /// <param name="transport">Makes the connections.</param>
    /// <param name="files">Holds the certificates to trust.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Of the broker.</param>
    /// <exception cref="ConfigException">A variable is wrong.</exception>
    public static OtlpExport? Open(
        Func<string, string?> variable,
        KafkaConfig config,
        MeterScope meters,
        Func<EventLoopGroup> openLoop,
        ITransport transport,
        IFileSystem files,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        try
        {
            if (OtlpSettings.Read(variable) is not { } settings)
            {
                return null;
            }

            foreach (var endpoint in new[] { settings.Metrics, settings.Traces }.OfType<OtlpEndpoint>())
            {
                _ = HttpAddress.Parse(endpoint.Url);
            }

            var log = loggers.CreateLogger("ClassicBroker.Server.OtlpExport");
            LogExporting(log, settings.Metrics?.Url ?? "nowhere", settings.Traces?.Url ?? "nowhere");
            return new OtlpExport(settings, ResourceOf(settings, config), meters, openLoop(), transport, files, time, log);
        }
        catch (FormatException wrong)
        {
            throw new ConfigException($"OpenTelemetry's export: {wrong.Message}");
        }
        catch (TlsSettingException refused)
        {
            throw new ConfigException($"OTEL_EXPORTER_OTLP_CERTIFICATE={refused.Value}: {refused.Reason}");
        }
    }

    /// <summary>Sends what there is once more, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loops.Loops[0].InvokeAsync(() =>
        {
            _stopping.Cancel();
            return Task.CompletedTask;
        });
        await _ended.Task;
        Activities?.Dispose();
        _metrics?.Dispose();
        _spans?.Dispose();
        _stopping.Dispose();
        await _loops.DisposeAsync();
    }

    private static IReadOnlyDictionary<string, string> ResourceOf(OtlpSettings settings, KafkaConfig config)
    {
        var resource = new SortedDictionary<string, string>(settings.Resource.ToDictionary(), StringComparer.Ordinal);
        resource.TryAdd("service.version", ProductVersion.Product);
        if (config.BrokerId >= 0)
        {
            resource.TryAdd("service.instance.id", $"{config.BrokerId}");
        }

        return resource;
    }

    private static string? TrustOf(OtlpEndpoint endpoint, string key) =>
        endpoint.CertificateFile is null ? null : key switch
        {
            "ssl.truststore.type" => "PEM",
            "ssl.truststore.location" => endpoint.CertificateFile,
            _ => null,
        };

    private async Task RunAsync()
    {
        var interval = _spans is null ? _settings.MetricInterval
            : _metrics is null ? _settings.SpanDelay
            : TimeSpan.FromTicks(Math.Min(_settings.MetricInterval.Ticks, _settings.SpanDelay.Ticks));
        var metricsDue = _time.GetUtcNow() + _settings.MetricInterval;
        while (!_stopping.IsCancellationRequested)
        {
            await PauseAsync(interval);
            var now = _time.GetUtcNow();
            if (_metrics is not null && (now >= metricsDue || _stopping.IsCancellationRequested))
            {
                metricsDue = now + _settings.MetricInterval;
                await SendMetricsAsync();
            }

            await SendSpansAsync();
        }

        _ended.SetResult();
    }

    private async Task PauseAsync(TimeSpan interval)
    {
        try
        {
            await Task.Delay(interval, _time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The broker stops: what there is goes out at once.
        }
    }

    private async Task SendMetricsAsync()
    {
        foreach (var request in _metrics!.Collect(NowNs()))
        {
            await SendAsync(_settings.Metrics!, request);
        }
    }

    private async Task SendSpansAsync()
    {
        while (_spans?.Take(_settings.SpanBatchMax) is { } request)
        {
            await SendAsync(_settings.Traces!, request);
        }

        if (_spans?.TakeDropped() is > 0 and var dropped)
        {
            LogDropped(_log, dropped);
        }
    }

    private async Task SendAsync(OtlpEndpoint endpoint, byte[] body)
    {
        try
        {
            var timeout = _stopping.IsCancellationRequested && endpoint.Timeout > LastPatience ? LastPatience : endpoint.Timeout;
            var answer = await _http.SendAsync(new HttpRequest
            {
                Address = HttpAddress.Parse(endpoint.Url),
                Tls = _trust[endpoint.Url],
                Method = "POST",
                Fields =
                [
                    ("Content-Type", "application/x-protobuf"),
                    .. endpoint.IsCompressed ? [("Content-Encoding", "gzip")] : Array.Empty<(string, string)>(),
                    .. endpoint.Headers,
                ],
                Body = endpoint.IsCompressed ? Compress(body) : body,
                ConnectTimeout = timeout,
                AnswerTimeout = timeout,
            });
            if (answer.Status is >= SuccessLow and <= SuccessHigh)
            {
                Succeeded(endpoint);
            }
            else
            {
                Failed(endpoint, $"it answered with status {answer.Status}");
            }
        }
        catch (HttpException failure)
        {
            Failed(endpoint, failure.Message);
        }
    }

    private void Succeeded(OtlpEndpoint endpoint)
    {
        if (_failing.Remove(endpoint.Url))
        {
            LogRecovered(_log, endpoint.Url);
        }
    }

    private void Failed(OtlpEndpoint endpoint, string reason)
    {
        if (_failing.Add(endpoint.Url))
        {
            LogFailed(_log, endpoint.Url, reason);
        }
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return compressed.ToArray();
    }

    private ulong NowNs() => (ulong)_time.UnixMs() * NsOfMs;

    [LoggerMessage(Level = LogLevel.Information, Message = "Exporting metrics to {Metrics} and traces to {Traces} by OTLP")]
    private static partial void LogExporting(ILogger logger, string metrics, string traces);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing can be exported to {Url}: {Reason}. Trying again; what is lost meanwhile is not told")]
    private static partial void LogFailed(ILogger logger, string url, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Exporting to {Url} works again")]
    private static partial void LogRecovered(ILogger logger, string url);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} spans were dropped: more requests than OTEL_BSP_MAX_QUEUE_SIZE ended between two exports")]
    private static partial void LogDropped(ILogger logger, long count);
}
