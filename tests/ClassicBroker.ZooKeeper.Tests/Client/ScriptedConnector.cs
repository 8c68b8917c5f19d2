using ClassicBroker.ZooKeeper.Client;

namespace ClassicBroker.ZooKeeper.Tests.Client;

/// <summary>Collects a client's attempts to connect, for a test to play the servers. Threading: the test's thread only.</summary>
internal sealed class ScriptedConnector : IZooKeeperConnector
{
    public List<ScriptedServer> Attempts { get; } = [];

    public ScriptedServer Last => Attempts[^1];

    public void Open(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener) =>
        Attempts.Add(new ScriptedServer(server, listener));
}
