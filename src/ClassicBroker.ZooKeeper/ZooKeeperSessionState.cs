namespace ClassicBroker.ZooKeeper;

/// <summary>Where a client's session stands.</summary>
public enum ZooKeeperSessionState
{
    /// <summary>No connection yet, or a new one is being made; the session may have expired without our knowing.</summary>
    Connecting,
    Connected,

    /// <summary>
    /// The ensemble said that the session is gone. Only it can: as long as no server answers the state stays
    /// <see cref="Connecting"/>, however long that takes. Final until a new session is started.
    /// </summary>
    Expired,

    /// <summary>The ensemble refused our credentials. Final until a new session is started.</summary>
    AuthFailed,

    /// <summary>Closed by us. Final.</summary>
    Closed,
}
