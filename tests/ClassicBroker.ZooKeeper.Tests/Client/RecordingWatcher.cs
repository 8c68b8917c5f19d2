namespace ClassicBroker.ZooKeeper.Tests.Client;

/// <summary>Writes down what a client tells its watcher.</summary>
internal sealed class RecordingWatcher : IZooKeeperWatcher
{
    public List<string> Heard { get; } = [];

    public void WatchTriggered(WatchedEvent triggered) => Heard.Add($"{triggered.Type} {triggered.Path}");

    public void SessionStateChanged(ZooKeeperSessionState state) => Heard.Add(state.ToString());
}
