namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>A running server the conformance suite asks its questions; one for a class of tests, which keep to paths of their own.</summary>
public interface IZooKeeperUnderTest : IAsyncLifetime
{
    int Port { get; }

    string ConnectString => $"127.0.0.1:{Port}";

    /// <summary>Ends the server without warning and starts it again on the same port and data.</summary>
    Task RestartAsync();
}
