using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>How an <see cref="InterBrokerClient"/> reaches its peer. Immutable.</summary>
public sealed record InterBrokerClientOptions
{
    public required ITransport Transport { get; init; }

    /// <summary>The loop the client lives on: where its answers arrive and its pauses are timed.</summary>
    public required IEventLoop Loop { get; init; }

    /// <summary>The peer, for messages.</summary>
    public required string PeerName { get; init; }

    /// <summary>Where the peer is, asked before each connect on the client's loop; null while it is not known.</summary>
    public required Func<RpcConnectionOptions?> Target { get; init; }

    /// <summary>A request that is not answered in this time ends the connection and fails all that wait on it.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The least time between two connects; doubled with each that fails.</summary>
    public TimeSpan ReconnectBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The most that failures let the pause grow to.</summary>
    public TimeSpan ReconnectBackoffMax { get; init; } = TimeSpan.FromSeconds(1);
}
