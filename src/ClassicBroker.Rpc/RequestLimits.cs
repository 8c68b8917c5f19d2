namespace ClassicBroker.Rpc;

/// <summary>How much of the broker one connection can occupy.</summary>
public sealed record RequestLimits
{
    public static readonly RequestLimits Default = new();

    /// <summary><c>socket.request.max.bytes</c>.</summary>
    public int FrameLengthMax { get; init; } = 100 * 1024 * 1024;

    /// <summary>The longest frame of a client that is not authenticated yet.</summary>
    public int FrameLengthMaxUnauthenticated { get; init; } = 512 * 1024;

    /// <summary>Requests of one connection that may be unanswered before the next is left unread.</summary>
    public int InFlightMax { get; init; } = 64;

    /// <summary>Bytes of unanswered requests of one connection beyond which the next is left unread.</summary>
    public long InFlightBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// What parsing may allocate beyond its share of the frame once a client is authenticated; before, the protocol's own small slack
    /// applies. Generous, since a fetch of many partitions takes several times its bytes as objects.
    /// </summary>
    public long ParseSlackBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary><c>connections.max.idle.ms</c>; connections that wait for an answer are not idle. Infinite closes none.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromMinutes(10);
}
