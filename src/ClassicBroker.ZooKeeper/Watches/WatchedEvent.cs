namespace ClassicBroker.ZooKeeper;

/// <summary>A watch fired. It is a hint that is stale already: the receiver reads again, and by reading watches again.</summary>
public readonly record struct WatchedEvent(WatchedEventType Type, string Path);
