namespace ClassicBroker.Transport;

/// <summary>Where channels come from: real sockets, or a simulated network. Safe from any thread.</summary>
public interface ITransport
{
    /// <summary>Begins to accept connections; the address is bound when the task ends.</summary>
    /// <exception cref="BindException">The address cannot be had.</exception>
    Task<IChannelListener> ListenAsync(ListenOptions options);

    /// <summary>Opens a connection; the channel is active when the task ends.</summary>
    /// <exception cref="ConnectException">It could not be opened; the cause is typed.</exception>
    Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default);
}
