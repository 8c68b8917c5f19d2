using ClassicBroker.Metadata;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's open ports. Connections are accepted from the moment a port is bound and wait, unread, until the broker is ready to
/// serve. Threading: opened, released and closed by the start and stop of the broker; channels come in on their own loops.
/// </summary>
internal sealed partial class ListenerSockets(ILogger<ListenerSockets> logger) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IChannelListener> _listeners = [];
    private readonly LinkedList<TransportChannel> _open = [];
    private readonly SortedDictionary<string, int> _ports = new(StringComparer.Ordinal);
    private bool _isServing;

    /// <summary>Where each listener can be reached: as configured, with the port the system chose where 0 was asked for.</summary>
    public IReadOnlyDictionary<string, int> Ports => _ports;

    /// <exception cref="StartException">A port cannot be had.</exception>
    public async Task BindAsync(
        KafkaConfig config, ITransport transport, Func<BrokerEndpoint, Action<TransportChannel>> initializerOf, ConnectionQuotas quotas)
    {
        foreach (var endpoint in config.Listeners.Bound)
        {
            var initialize = initializerOf(endpoint);
            try
            {
                var listener = await transport.ListenAsync(new ListenOptions
                {
                    Host = endpoint.Host == "0.0.0.0" ? "" : endpoint.Host,
                    Port = endpoint.Port,
                    ListenerName = endpoint.ListenerName,
                    Backlog = config.SocketListenBacklogSize,
                    Quotas = quotas,
                    Options = new ChannelOptions
                    {
                        SendBufferBytes = config.SocketSendBufferBytes,
                        ReceiveBufferBytes = config.SocketReceiveBufferBytes,
                    },
                    Initializer = channel => Accept(channel, initialize),
                });
                _listeners.Add(listener);
                _ports[endpoint.ListenerName] = listener.LocalEndPoint.Port;
                LogBound(endpoint.ListenerName, listener.LocalEndPoint.ToString());
            }
            catch (BindException refused)
            {
                throw new StartException(refused.Message, refused);
            }
        }
    }

    /// <summary>Begins to read from all connections, those that waited first.</summary>
    public void Serve()
    {
        lock (_lock)
        {
            _isServing = true;
            foreach (var channel in _open)
            {
                channel.Loop.Execute(() => channel.AutoRead = true);
            }
        }
    }

    /// <summary>Takes no more connections and closes those that are open, once what was answered has been sent.</summary>
    public void Dispose()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        lock (_lock)
        {
            foreach (var channel in _open)
            {
                channel.Loop.Execute(channel.CloseAfterFlush);
            }
        }
    }

    private void Accept(TransportChannel channel, Action<TransportChannel> initialize)
    {
        initialize(channel);
        var node = new LinkedListNode<TransportChannel>(channel);
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

    private void Forget(LinkedListNode<TransportChannel> node)
    {
        lock (_lock)
        {
            _open.Remove(node);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "[SocketServer] Awaiting socket connections on {Listener} at {EndPoint}.")]
    private partial void LogBound(string listener, string? endPoint);

    /// <summary>Strikes a channel off the list when it has closed.</summary>
    private sealed class ChannelGone(ListenerSockets owner, LinkedListNode<TransportChannel> node) : TransportHandler
    {
        public override void ChannelInactive(IChannelHandlerContext context)
        {
            owner.Forget(node);
            context.FireChannelInactive();
        }
    }
}
