namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>The holder of watches: a client connection.</summary>
internal interface IWatchListener
{
    /// <summary>Orders listeners of one path among each other.</summary>
    long Id { get; }

    void Notify(WatchedEventType type, string path);
}
