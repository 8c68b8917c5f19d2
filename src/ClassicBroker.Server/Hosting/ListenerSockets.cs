using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's open ports, by listener. Connections are accepted from the moment a port is bound and wait, unread, until the broker is
/// ready to serve. <c>initializerOf</c> says what fills the pipeline of a listener's channels. Threading: listeners are opened and closed
/// by one caller at a time; channels come in on their own loops.
/// </summary>
internal sealed partial class ListenerSockets(
    ITransport transport,
    ConnectionQuotas quotas,
    Func<BrokerEndpoint, Action<TransportChannel>> initializerOf,
    ILogger<ListenerSockets> logger) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (BrokerEndpoint Asked, IChannelListener Listener)> _listeners = new(StringComparer.Ordinal);
    private readonly LinkedList<(TransportChannel Channel, string Listener)> _open = [];
    private volatile SortedDictionary<string, int> _ports = new(StringComparer.Ordinal);
    private bool _isServing;

    /// <summary>Where each listener can be reached: as configured, with the port the system chose where 0 was asked for.</summary>
    public IReadOnlyDictionary<string, int> Ports => _ports;

    /// <summary>The listeners that are open, as the configuration asked for them.</summary>
    public IReadOnlyList<BrokerEndpoint> Open => [.. _listeners.Values.Select(listener => listener.Asked)];

    /// <exception cref="BindException">The port cannot be had.</exception>
    public async Task OpenAsync(BrokerEndpoint endpoint, KafkaConfig config)
    {
        var initialize = initializerOf(endpoint);
        var listener = await ListenAsync(endpoint, config, channel => Accept(channel, endpoint.ListenerName, initialize));
        _listeners.Add(endpoint.ListenerName, (endpoint, listener));
        TellPorts();
        LogBound(endpoint.ListenerName, listener.LocalEndPoint.ToString());
    }

    /// <summary>Finds out whether a listener could be opened, by opening its port for a moment.</summary>
    /// <exception cref="BindException">It could not.</exception>
    public async Task TryAsync(BrokerEndpoint endpoint, KafkaConfig config) =>
        (await ListenAsync(endpoint, config, channel => channel.CloseAfterFlush())).Dispose();

    /// <summary>Takes no more connections there, and closes those that came by it.</summary>
    public void Close(string name)
    {
        _listeners[name].Listener.Dispose();
        _listeners.Remove(name);
        TellPorts();
        CloseChannels(listener => listener == name);
    }

    /// <summary>Begins to read from all connections, those that waited first.</summary>
    public void Serve()
    {
        lock (_lock)
        {
            _isServing = true;
            foreach (var (channel, _) in _open)
            {
                channel.Loop.Execute(() => channel.AutoRead = true);
            }
        }
    }

    /// <summary>Takes no more connections and closes those that are open, once what was answered has been sent.</summary>
    public void Dispose()
    {
        foreach (var (_, listener) in _listeners.Values)
        {
            listener.Dispose();
        }

        CloseChannels(_ => true);
    }

    private Task<IChannelListener> ListenAsync(BrokerEndpoint endpoint, KafkaConfig config, Action<TransportChannel> initializer) =>
        transport.ListenAsync(new ListenOptions
        {
            Host = endpoint.Host == "0.0.0.0" ? "" : endpoint.Host,
            Port = endpoint.Port,
            ListenerName = endpoint.ListenerName,
            Backlog = config.SocketListenBacklogSize,
            Quotas = quotas,
            SilenceMax = SilenceMax(endpoint, config),
            Options = new ChannelOptions
            {
                SendBufferBytes = config.SocketSendBufferBytes,
                ReceiveBufferBytes = config.SocketReceiveBufferBytes,
            },
            Initializer = initializer,
        });

    /// <summary>
    /// Where TLS or SASL comes first the client speaks at once; elsewhere it may connect long before it has something to ask.
    /// </summary>
    private static TimeSpan? SilenceMax(BrokerEndpoint endpoint, KafkaConfig config) =>
        endpoint.SecurityProtocol == SecurityProtocol.Plaintext ? null
        : config.ConnectionsMaxIdleMs is var idleMs and >= 0 && idleMs < ListenerTls.HandshakeTimeout.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(idleMs)
            : ListenerTls.HandshakeTimeout;

    private void TellPorts() => _ports = new(
        _listeners.ToDictionary(entry => entry.Key, entry => entry.Value.Listener.LocalEndPoint.Port), StringComparer.Ordinal);

    private void CloseChannels(Func<string, bool> cameBy)
    {
        lock (_lock)
        {
            foreach (var (channel, listener) in _open)
            {
                if (cameBy(listener))
                {
                    channel.Loop.Execute(channel.CloseAfterFlush);
                }
            }
        }
    }

    private void Accept(TransportChannel channel, string listener, Action<TransportChannel> initialize)
    {
        initialize(channel);
        var node = new LinkedListNode<(TransportChannel, string)>((channel, listener));
        channel.Pipeline.AddFirst(new ChannelGone(this, node));
        lock (_lock)
        {
            _open.AddLast(node);
            if (!_isServing)
            {
                channel.AutoRead = false;
            }
        }
    }

    private void Forget(LinkedListNode<(TransportChannel, string)> node)
    {
        lock (_lock)
        {
            _open.Remove(node);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "[SocketServer] Awaiting socket connections on {Listener} at {EndPoint}.")]
    private partial void LogBound(string listener, string? endPoint);

    /// <summary>Strikes a channel off the list when it has closed.</summary>
    private sealed class ChannelGone(ListenerSockets owner, LinkedListNode<(TransportChannel, string)> node) : TransportHandler
    {
        public override void ChannelInactive(IChannelHandlerContext context)
        {
            owner.Forget(node);
            context.FireChannelInactive();
        }
    }
}
