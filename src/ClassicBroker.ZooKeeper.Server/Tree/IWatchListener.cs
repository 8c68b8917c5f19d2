namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>The holder of watches: a client connection.</summary>
internal interface IWatchListener
{
    /// <summary>Orders listeners of one path among each other.</summary>
    long Id { get; }

    /// <summary>Hears of an event, unless <paramref name="acl"/>, the znode's, keeps it from reading that znode.</summary>
    void Notify(WatchedEventType type, string path, IReadOnlyList<ZnodeAcl> acl);
}
