using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's side of its connections: ports, limits, and the pipeline that leads from a connection to the handlers. Owned by the
/// broker. Threading: bound, served and disposed by the start and stop of the broker.
/// </summary>
internal sealed class SocketServer(KafkaServerEnvironment environment) : IDisposable
{
    private readonly ListenerSockets _sockets = new(environment.Loggers.CreateLogger<ListenerSockets>());
    private readonly RequestMetrics _metrics = new();

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets.Ports;

    /// <summary>Takes connections from now on, and leaves them unread until <see cref="Serve"/>.</summary>
    public Task BindAsync(KafkaConfig config, RequestDispatcher dispatcher, BrokerTls tls)
    {
        var trace = new RequestTrace(environment.Loggers);
        var limits = new RequestLimits
        {
            FrameLengthMax = config.SocketRequestMaxBytes,
            IdleMax = TimeSpan.FromMilliseconds(config.Values.Long("connections.max.idle.ms")),
        };
        return _sockets.BindAsync(
            config,
            environment.Transport,
            endpoint =>
            {
                var listener = new RequestListener(endpoint.ListenerName, endpoint.SecurityProtocol);
                var pipeline = new RequestPipeline(listener, dispatcher, limits, _metrics, trace);
                return channel => tls.Accept(channel, pipeline.Initialize(channel));
            },
            Quotas(config));
    }

    public void Serve() => _sockets.Serve();

    /// <summary>Takes no more connections and ends those that are open.</summary>
    public void Close() => _sockets.Dispose();

    public void Dispose()
    {
        Close();
        _metrics.Dispose();
    }

    private ConnectionQuotas Quotas(KafkaConfig config) =>
        new(environment.Time)
        {
            Limits = new ConnectionLimits
            {
                TotalMax = config.Values.Int("max.connections"),
                PerAddressMax = config.Values.Int("max.connections.per.ip"),
                CreationRateMax = config.Values.Int("max.connection.creation.rate"),
                ProtectedListener = config.Listeners.InterBroker,
            },
        };
}
