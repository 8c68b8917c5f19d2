using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's side of its connections: ports, limits, and the pipeline that leads from a connection to the handlers. <c>quotas</c> is
/// what listeners ask before they take a connection. Owned by the broker. Threading: bound, served and disposed by the start and stop of
/// the broker; changes of the configuration are taken over on the scheduler loop, one after another.
/// </summary>
internal sealed partial class SocketServer : IDisposable
{
    private const long LongestIdleMs = 10L * 365 * 24 * 3600 * 1000;

    private readonly ILogger _logger;
    private readonly KafkaServerEnvironment _environment;
    private readonly ConnectionQuotas _quotas;
    private readonly ListenerSockets _sockets;
    private readonly RequestMetrics _metrics;
    private readonly RequestMemory _memory;
    private readonly BackgroundWork _reconfiguration;
    private volatile KafkaConfig? _wanted;
    private bool _isReconfiguring;

    public SocketServer(
        KafkaServerEnvironment environment,
        ConnectionQuotas quotas,
        KafkaConfig config,
        RequestDispatcher dispatcher,
        RequestSteps steps,
        BrokerTls tls,
        BrokerSasl sasl,
        MeterScope meters)
    {
        (_environment, _quotas) = (environment, quotas);
        _logger = environment.Loggers.CreateLogger<SocketServer>();
        _reconfiguration = new BackgroundWork("listener-reconfiguration", environment.SchedulerLoop);
        _metrics = new RequestMetrics(meters);
        _memory = new RequestMemory(MemoryMax(config), meters);
        ShowBlocked(meters);
        var trace = new RequestTrace(environment.Loggers);
        var limits = new RequestLimits
        {
            FrameLengthMax = config.SocketRequestMaxBytes,
            IdleMax = IdleMax(config.ConnectionsMaxIdleMs),
        };
        _sockets = new ListenerSockets(
            environment.Transport,
            quotas,
            endpoint =>
            {
                var listener = new RequestListener(endpoint.ListenerName, endpoint.SecurityProtocol);
                var pipeline = new RequestPipeline(listener, dispatcher, limits, _memory, _metrics, trace)
                {
                    Steps = steps,
                    Sasl = sasl.Of(endpoint),
                };
                var secure = tls.Of(endpoint);
                return channel => secure(channel, pipeline.Initialize(channel));
            },
            environment.Loggers.CreateLogger<ListenerSockets>());
    }

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets.Ports;

    /// <summary>Called on the scheduler loop when a changed configuration has been taken over.</summary>
    public Func<KafkaConfig, Task>? Reconfigured { get; set; }

    /// <summary>Takes connections from now on, and leaves them unread until <see cref="Serve"/>.</summary>
    /// <exception cref="StartException">A port cannot be had.</exception>
    /// <exception cref="ConfigException">A limit names a host without an address.</exception>
    public async Task BindAsync(KafkaConfig config)
    {
        _quotas.Limits = await BrokerConnectionLimits.ReadAsync(config, _environment.Resolver, _environment.OpenFilesMax);
        _quotas.AddressWindows = (config.QuotaWindowNum, config.QuotaWindowSizeSeconds * 1000L);
        foreach (var endpoint in config.Listeners.Bound)
        {
            try
            {
                await _sockets.OpenAsync(endpoint, config);
            }
            catch (BindException refused)
            {
                throw new StartException(refused.Message, refused);
            }
        }
    }

    /// <summary>Finds out whether the limits and listeners of a proposed configuration could be taken.</summary>
    /// <exception cref="ConfigException">They could not.</exception>
    public async Task CheckAsync(KafkaConfig proposed)
    {
        await BrokerConnectionLimits.ReadAsync(proposed, _environment.Resolver, _environment.OpenFilesMax);
        var open = _sockets.Open;
        foreach (var endpoint in proposed.Listeners.Bound.Where(asked => !open.Any(listener => listener.Port == asked.Port)))
        {
            try
            {
                await _sockets.TryAsync(endpoint, proposed);
            }
            catch (BindException refused)
            {
                throw new ConfigException("listeners", endpoint.ToString(), refused.Message);
            }
        }
    }

    /// <summary>Takes over the limits and listeners of a changed configuration; connections of listeners that stay are kept.</summary>
    public void Reconfigure(KafkaConfig config)
    {
        _wanted = config;
        _reconfiguration.Run(ReconfigureAsync);
    }

    private async Task ReconfigureAsync()
    {
        if (_isReconfiguring)
        {
            return;
        }

        _isReconfiguring = true;
        while (_wanted is { } config)
        {
            _wanted = null;
            await TakeLimitsAsync(config);
            await TakeListenersAsync(config);
            if (Reconfigured is { } reconfigured)
            {
                await reconfigured(config);
            }
        }

        _isReconfiguring = false;
    }

    private async Task TakeLimitsAsync(KafkaConfig config)
    {
        try
        {
            _quotas.Limits = await BrokerConnectionLimits.ReadAsync(
                config, _environment.Resolver, _environment.OpenFilesMax, reason => LogLeftOut(_logger, reason));
        }
        catch (ConfigException refused)
        {
            LogKept(_logger, refused.Message);
        }
    }

    /// <summary>
    /// Closes what is asked for no more and opens what is new. One that moves to another address is closed before it is opened there, for
    /// it may be the same port.
    /// </summary>
    private async Task TakeListenersAsync(KafkaConfig config)
    {
        var asked = config.Listeners.Bound;
        foreach (var gone in _sockets.Open.Except(asked))
        {
            LogClosed(_logger, gone.ListenerName);
            _sockets.Close(gone.ListenerName);
        }

        foreach (var added in asked.Except(_sockets.Open))
        {
            try
            {
                await _sockets.OpenAsync(added, config);
            }
            catch (BindException refused)
            {
                LogUnopened(_logger, added.ListenerName, refused.Message);
            }
        }
    }

    public void Serve() => _sockets.Serve();

    /// <summary>Takes no more connections and ends those that are open.</summary>
    public void Close() => _sockets.Dispose();

    public void Dispose()
    {
        Close();
    }

    private void ShowBlocked(MeterScope meters)
    {
        var ratios = new ConcurrentDictionary<string, TimeRatio>(StringComparer.Ordinal);
        meters.Gauges(
            "kafka.network:type=Acceptor,name=AcceptorBlockedPercent",
            "Part of its time that a listener does not accept connections because limits are reached, from 0 to 1.",
            () => Ports.Keys.Select(listener => new Measurement<double>(
                ratios.GetOrAdd(listener, _ => new TimeRatio(_environment.Time, initial: 0))
                    .Measure(_quotas.BlockedTime(listener), threads: 1),
                new KeyValuePair<string, object?>("listener", listener))));
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

    [LoggerMessage(Level = LogLevel.Information, Message = "[SocketServer] Listener {Listener} is closed: it is no longer configured there")]
    private static partial void LogClosed(ILogger logger, string listener);

    [LoggerMessage(Level = LogLevel.Error, Message = "[SocketServer] Listener {Listener} cannot be opened: {Reason}")]
    private static partial void LogUnopened(ILogger logger, string listener, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The limits of connections stay as they are: {Reason}")]
    private static partial void LogKept(ILogger logger, string reason);
}
