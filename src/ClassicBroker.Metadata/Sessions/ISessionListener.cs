namespace ClassicBroker.Metadata.Sessions;

/// <summary>Someone whose state lives and dies with the ZooKeeper session. Called on the ZooKeeper loop.</summary>
public interface ISessionListener
{
    /// <summary>The session expired; the next one does not begin before this ends. What depended on the old one is given up here.</summary>
    Task BeforeInitializingSessionAsync();

    /// <summary>A new session has begun: ephemerals and watches are gone and to be made again. Must only post.</summary>
    void AfterInitializingSession();
}
