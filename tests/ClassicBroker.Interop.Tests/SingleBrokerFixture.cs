using ClassicBroker.Interop.Tests.Groups;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests;

/// <summary>Our ZooKeeper and one broker, started once for all the tests that only need somewhere to write.</summary>
public sealed class SingleBrokerFixture : IGroupCluster, IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private ZooKeeperServerProcess? _zooKeeper;
    private KafkaServerProcess? _broker;
    private int _topics;

    public KafkaServerProcess Broker => _broker!;

    public string BootstrapServers => Broker.BootstrapServers;

    public ClientCredentials Client => ClientCredentials.None;

    public int ReplicationFactor => 1;

    public string ZooKeeperConnect => _zooKeeper!.ConnectString;

    public async ValueTask InitializeAsync()
    {
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        _broker = await new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString).StartAsync();
    }

    /// <summary>A topic name no other test uses.</summary>
    public string NewTopic(string purpose) => $"{purpose}-{Interlocked.Increment(ref _topics)}";

    public async Task<string> CreateTopicAsync(string purpose, params string[] options)
    {
        var topic = NewTopic(purpose);
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", BootstrapServers, "--create", "--topic", topic, "--partitions", "1", "--replication-factor", "1", .. options])).RequireSuccess();
        return topic;
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        _scratch.Dispose();
    }
}
