using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.TestHost;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>
/// ZooKeeper and brokers in the test's process, each broker with a plaintext and a SCRAM listener, and an authorizer that allows what no
/// ACL speaks of. One test class owns it.
/// </summary>
public sealed class LiveCluster : IAsyncDisposable
{
    public const string Admin = "ada";
    public const string Operator = "olga";
    public const string Reader = "rita";
    public const string Password = "correct horse";

    private const string Stranger = "stranger";

    private readonly ScratchDirectory _scratch = new();
    private readonly List<LiveBroker> _brokers = [];
    private readonly List<string> _plaintext = [];
    private readonly List<string> _sasl = [];
    private TestZooKeeper? _zooKeeper;

    private LiveCluster()
    {
    }

    public ConsoleNetwork Network { get; } = ConsoleNetwork.Open(NullLoggerFactory.Instance);

    public string BootstrapServers => string.Join(',', _plaintext);

    public string SaslServers => string.Join(',', _sasl);

    public string ZooKeeperConnect => _zooKeeper!.Connect;

    internal IReadOnlyList<LiveBroker> Brokers => _brokers;

    public static async Task<LiveCluster> StartAsync(int brokers)
    {
        var cluster = new LiveCluster();
        cluster._zooKeeper = await TestZooKeeper.StartAsync(cluster._scratch.File("zookeeper"), NullLoggerFactory.Instance);
        for (var id = 0; id < brokers; id++)
        {
            await cluster.StartBrokerAsync(id, brokers);
        }

        await using var admin = cluster.NewAdmin();
        foreach (var user in (string[])[Admin, Operator, Reader, Stranger])
        {
            await admin.AlterScramUserAsync(user, [new ScramChange(ScramMechanism.Sha512, Password, ScramChange.IterationsMin)]);
        }

        foreach (var broker in cluster._brokers)
        {
            await broker.AwaitBrokersAsync(brokers);
        }

        foreach (var server in cluster._sasl)
        {
            await cluster.AwaitUserAsync(server, Stranger);
        }

        return cluster;
    }

    public AdminClient NewAdmin() => new(new AdminConfig { BootstrapServers = BootstrapServers }, Network.Clients);

    public KafkaProducer<byte[]?, byte[]?> NewProducer() =>
        new(new ProducerConfig { BootstrapServers = BootstrapServers, MaxRequestSize = 12_000_000 }, Serdes.ByteArray, Serdes.ByteArray, Network.Clients);

    /// <summary>Has a group commit. Its coordinator may hear of a new topic a moment later than the broker that leads it.</summary>
    public async Task CommitAsync(string group, TopicPartition partition, GroupOffset offset)
    {
        await using var admin = NewAdmin();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var result = Assert.Single(await admin.AlterGroupOffsetsAsync(
                group, new Dictionary<TopicPartition, GroupOffset> { [partition] = offset }));
            if (result.Failure is not { Code: ErrorCode.UnknownTopicOrPartition } || limit.IsCancellationRequested)
            {
                Assert.Null(result.Failure);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        await Network.DisposeAsync();
        await _zooKeeper!.StopAsync();
        _scratch.Dispose();
    }

    /// <summary>Ends when a broker lets a user in: it hears of users, one after the other, a moment after they were made.</summary>
    private async Task AwaitUserAsync(string server, string user)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var config = AdminConfig.FromProperties(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = server,
            ["security.protocol"] = "SASL_PLAINTEXT",
            ["sasl.mechanism"] = "SCRAM-SHA-512",
            ["sasl.jaas.config"] =
                $"org.apache.kafka.common.security.scram.ScramLoginModule required username=\"{user}\" password=\"{Password}\";",
        });
        while (true)
        {
            await using var admin = new AdminClient(config, Network.Clients);
            try
            {
                await admin.DescribeClusterAsync(limit.Token);
                return;
            }
            catch (KafkaException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }

    private async Task StartBrokerAsync(int id, int of)
    {
        var (plaintext, sasl) = (LoopbackPorts.Next(), LoopbackPorts.Next());
        _plaintext.Add($"127.0.0.1:{plaintext}");
        _sasl.Add($"127.0.0.1:{sasl}");
        var replicas = $"{Math.Min(of, 3)}";
        _brokers.Add(await LiveBroker.StartAsync(new Dictionary<string, string>
        {
            ["broker.id"] = $"{id}",
            ["broker.rack"] = $"rack-{id}",
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{plaintext},SASL_PLAINTEXT://127.0.0.1:{sasl}",
            ["sasl.enabled.mechanisms"] = "SCRAM-SHA-512",
            ["listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config"] =
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            ["log.dirs"] = _scratch.File($"broker-{id}"),
            ["zookeeper.connect"] = ZooKeeperConnect,
            ["offsets.topic.replication.factor"] = replicas,
            ["offsets.topic.num.partitions"] = "3",
            ["transaction.state.log.replication.factor"] = replicas,
            ["transaction.state.log.num.partitions"] = "3",
            ["transaction.state.log.min.isr"] = "1",
            ["group.initial.rebalance.delay.ms"] = "0",
            ["message.max.bytes"] = "12000000",
            ["auto.create.topics.enable"] = "false",
            ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
            ["super.users"] = "User:ANONYMOUS",
            ["delegation.token.secret.key"] = "a secret of the test",
        }));
    }
}
