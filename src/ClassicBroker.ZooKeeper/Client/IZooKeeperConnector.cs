namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Makes connections to servers: over sockets, or in memory where tests and simulation want that.</summary>
internal interface IZooKeeperConnector
{
    /// <summary>Begins to connect; the outcome, and all that follows, goes to <paramref name="listener"/> on the client's loop.</summary>
    void Open(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener);
}
