using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>Where to connect to, and how the channel is set up.</summary>
public sealed record ConnectOptions
{
    /// <summary>Name or address; all addresses of a name are tried in order.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Fills the pipeline of the channel, on its loop, before it is active.</summary>
    public required Action<TransportChannel> Initializer { get; init; }

    /// <summary>The loop the channel shall belong to, one that the transport made; null lets the transport choose.</summary>
    public IEventLoop? Loop { get; init; }

    /// <summary>For each address tried.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public ChannelOptions Options { get; init; } = ChannelOptions.Default;
}
