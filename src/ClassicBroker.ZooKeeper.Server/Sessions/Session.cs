using ClassicBroker.ZooKeeper.Server.Connections;

namespace ClassicBroker.ZooKeeper.Server.Sessions;

/// <summary>A client's session, with or without a connection just now. Threading: server loop only.</summary>
internal sealed class Session(long id, int timeoutMs)
{
    public long Id { get; } = id;

    public int TimeoutMs { get; set; } = timeoutMs;

    /// <summary>By the monotonic clock.</summary>
    public long ExpiresAtMs { get; set; }

    public ServerConnection? Connection { get; set; }
}
