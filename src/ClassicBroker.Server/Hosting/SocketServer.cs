using ClassicBroker.Platform;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's side of its connections: ports, limits, and the pipeline that leads from a connection to the handlers. <c>quotas</c> is
/// what listeners ask before they take a connection. Owned by the broker. Threading: bound, served and disposed by the start and stop of
/// the broker.
/// </summary>
internal sealed partial class SocketServer(KafkaServerEnvironment environment, ConnectionQuotas quotas) : IDisposable
{
    private const long LongestIdleMs = 10L * 365 * 24 * 3600 * 1000;

    private readonly ILogger _logger = environment.Loggers.CreateLogger<SocketServer>();
    private readonly ListenerSockets _sockets = new(environment.Loggers.CreateLogger<ListenerSockets>());
    private readonly RequestMetrics _metrics = new();
    private readonly BackgroundWork _reconfiguration = new("connection-limit-reconfiguration", environment.SchedulerLoop);
    private RequestMemory? _memory;

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets.Ports;

    /// <summary>Takes connections from now on, and leaves them unread until <see cref="Serve"/>.</summary>
    /// <exception cref="StartException">A port cannot be had.</exception>
    /// <exception cref="ConfigException">A limit names a host without an address.</exception>
    public async Task BindAsync(
        KafkaConfig config, RequestDispatcher dispatcher, RequestSteps steps, BrokerTls tls, BrokerSasl sasl)
    {
        quotas.Limits = await BrokerConnectionLimits.ReadAsync(config, environment.Resolver);
        quotas.AddressWindows = (config.QuotaWindowNum, config.QuotaWindowSizeSeconds * 1000L);
        var trace = new RequestTrace(environment.Loggers);
        var limits = new RequestLimits
        {
            FrameLengthMax = config.SocketRequestMaxBytes,
            IdleMax = IdleMax(config.ConnectionsMaxIdleMs),
        };
        var memory = _memory = new RequestMemory(MemoryMax(config));
        await _sockets.BindAsync(
            config,
            environment.Transport,
            endpoint =>
            {
                var listener = new RequestListener(endpoint.ListenerName, endpoint.SecurityProtocol);
                var pipeline = new RequestPipeline(listener, dispatcher, limits, memory, _metrics, trace)
                {
                    Steps = steps,
                    Sasl = sasl.Of(endpoint),
                };
                return channel => tls.Accept(channel, pipeline.Initialize(channel));
            },
            quotas);
    }

    /// <summary>Finds out whether the limits of a proposed configuration could be taken.</summary>
    /// <exception cref="ConfigException">They could not.</exception>
    public Task CheckAsync(KafkaConfig proposed) => BrokerConnectionLimits.ReadAsync(proposed, environment.Resolver);

    /// <summary>Takes the limits of a changed configuration; connections there are stay.</summary>
    public void Reconfigure(KafkaConfig config) => _reconfiguration.Run(() => ReconfigureAsync(config));

    private async Task ReconfigureAsync(KafkaConfig config)
    {
        try
        {
            quotas.Limits = await BrokerConnectionLimits.ReadAsync(config, environment.Resolver, reason => LogLeftOut(_logger, reason));
        }
        catch (ConfigException refused)
        {
            LogKept(_logger, refused.Message);
        }
    }

    public void Serve() => _sockets.Serve();

    /// <summary>Takes no more connections and ends those that are open.</summary>
    public void Close() => _sockets.Dispose();

    public void Dispose()
    {
        Close();
        _metrics.Dispose();
        _memory?.Dispose();
    }

    /// <summary>Where the file says nothing there is a limit all the same, unlike in Kafka; -1 in the file is none.</summary>
    private static long MemoryMax(KafkaConfig config) =>
        config.Originals.ContainsKey("queued.max.request.bytes")
            ? config.QueuedMaxRequestBytes
            : Math.Max(RequestMemory.DefaultBytes, 4L * config.SocketRequestMaxBytes);

    /// <summary>Negative is never. Longer times than a century are cut to one that the clock can add.</summary>
    private static TimeSpan IdleMax(long idleMs) => idleMs switch
    {
        < 0 => Timeout.InfiniteTimeSpan,
        > LongestIdleMs => Timeout.InfiniteTimeSpan,
        _ => TimeSpan.FromMilliseconds(idleMs),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "An entry of max.connections.per.ip.overrides is left out: {Reason}")]
    private static partial void LogLeftOut(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The limits of connections stay as they are: {Reason}")]
    private static partial void LogKept(ILogger logger, string reason);
}
