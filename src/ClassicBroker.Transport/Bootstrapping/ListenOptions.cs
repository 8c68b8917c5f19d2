namespace ClassicBroker.Transport;

/// <summary>What to listen on, and how each accepted channel is set up.</summary>
public sealed record ListenOptions
{
    /// <summary>Name or address to bind; null or empty binds every interface, IPv6 and IPv4.</summary>
    public string? Host { get; init; }

    /// <summary>0 lets the system choose.</summary>
    public required int Port { get; init; }

    /// <summary>Fills the pipeline of an accepted channel, on its loop, before it is active.</summary>
    public required Action<TransportChannel> Initializer { get; init; }

    /// <summary>Connections the system completes before they are accepted.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>Names the listener towards <see cref="Quotas"/> and in logs.</summary>
    public string ListenerName { get; init; } = "PLAINTEXT";

    /// <summary>Who may connect; null admits everybody.</summary>
    public ConnectionQuotas? Quotas { get; init; }

    /// <summary>
    /// For listeners whose peers speak first: how long one may say nothing before its connection is closed. Until its first byte it need
    /// not be a channel. Null for listeners whose peers may be silent for as long as they like.
    /// </summary>
    public TimeSpan? SilenceMax { get; init; }

    public ChannelOptions Options { get; init; } = ChannelOptions.Default;
}
