namespace ClassicBroker.Transport;

/// <summary>How a connection is set up.</summary>
public sealed record ChannelOptions
{
    public static readonly ChannelOptions Default = new();

    /// <summary>TCP_NODELAY.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>SO_KEEPALIVE.</summary>
    public bool KeepAlive { get; init; } = true;

    /// <summary>SO_SNDBUF; -1 leaves it to the operating system.</summary>
    public int SendBufferBytes { get; init; } = -1;

    /// <summary>SO_RCVBUF; -1 leaves it to the operating system.</summary>
    public int ReceiveBufferBytes { get; init; } = -1;

    /// <summary>Unsent bytes at which <see cref="DotNetty.Transport.Channels.IChannel.IsWritable"/> becomes true again.</summary>
    public int WriteLowWatermark { get; init; } = 256 * 1024;

    /// <summary>Unsent bytes above which <see cref="DotNetty.Transport.Channels.IChannel.IsWritable"/> becomes false.</summary>
    public int WriteHighWatermark { get; init; } = 1024 * 1024;
}
