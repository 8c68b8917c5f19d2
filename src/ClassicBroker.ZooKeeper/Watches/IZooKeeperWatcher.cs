namespace ClassicBroker.ZooKeeper;

/// <summary>
/// Where a client's watch events and session changes go. Called on the loop it was registered with, in the order of the wire:
/// an event comes before the answer to any read that shows what the event announces.
/// </summary>
public interface IZooKeeperWatcher
{
    void WatchTriggered(WatchedEvent triggered);

    void SessionStateChanged(ZooKeeperSessionState state);
}
