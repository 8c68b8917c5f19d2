using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;
using ScramUser = ClassicBroker.Testing.Security.ScramUser;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Our ZooKeeper and one broker with a listener of every security protocol, SCRAM-SHA-512 for user <c>app</c>, and the authorizer where asked,
/// whose super user is <c>admin</c>.
/// </summary>
internal sealed class SecuredBroker : IAsyncDisposable
{
    private const string Module = "org.apache.kafka.common.security.scram.ScramLoginModule required";

    private readonly ScratchDirectory _scratch;
    private readonly ZooKeeperServerProcess _zooKeeper;

    private SecuredBroker(ScratchDirectory scratch, ZooKeeperServerProcess zooKeeper, KafkaServerProcess broker, int[] ports)
    {
        (_scratch, _zooKeeper, Broker) = (scratch, zooKeeper, broker);
        (TlsPort, SaslPort, SaslTlsPort) = (ports[0], ports[1], ports[2]);
    }

    public static ScramUser User { get; } = new("app", "app-secret");

    public KafkaServerProcess Broker { get; }

    public int PlainPort => Broker.Port;

    public int TlsPort { get; }

    public int SaslPort { get; }

    public int SaslTlsPort { get; }

    public static async Task<SecuredBroker> StartAsync(bool authorizes = false)
    {
        var scratch = new ScratchDirectory();
        var zooKeeper = await new ZooKeeperServerProcess(scratch.File("zookeeper")).StartAsync();
        foreach (var user in new[] { "app", "admin" })
        {
            (await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-configs.sh"),
                [
                    "--zookeeper", zooKeeper.ConnectString, "--alter", "--entity-type", "users", "--entity-name", user, "--add-config",
                    $"SCRAM-SHA-512=[iterations=4096,password={user}-secret]",
                ])).RequireSuccess();
        }

        int[] ports = [LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next()];
        var broker = new KafkaServerProcess(scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
        {
            ["inter.broker.listener.name"] = "PLAINTEXT",
            ["sasl.enabled.mechanisms"] = "SCRAM-SHA-512",
            ["listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config"] = $"{Module};",
            ["listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"] = $"{Module};",
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = BenchmarkCluster.KeyStore(scratch),
            ["ssl.keystore.password"] = BenchmarkCluster.Password,
            ["log.retention.ms"] = "-1",
            ["socket.send.buffer.bytes"] = "-1",
            ["socket.receive.buffer.bytes"] = "-1",
        });
        broker.Properties["listeners"] +=
            $",SSL://127.0.0.1:{ports[0]},SASL_PLAINTEXT://127.0.0.1:{ports[1]},SASL_SSL://127.0.0.1:{ports[2]}";
        if (authorizes)
        {
            broker.Properties["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer";
            // Brokers speak PLAINTEXT here, where all are anonymous.
            broker.Properties["super.users"] = "User:admin;User:ANONYMOUS";
        }

        await broker.StartAsync();
        return new(scratch, zooKeeper, broker, ports);
    }

    public async Task CreateTopicAsync(string topic) =>
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", Broker.BootstrapServers, "--create", "--topic", topic, "--partitions", "1"])).RequireSuccess();

    /// <summary>Makes ACLs: some hundred by prefix, the others on topics of their own, and the last lets the user <c>app</c> at a topic.</summary>
    public async Task CreateAclsAsync(int count, string topic)
    {
        const int Batch = 500;
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = Broker.BootstrapServers });
        var acls = AclRows.Lists(count - 1, topic);
        for (var made = 0; made < acls.Count; made += Batch)
        {
            foreach (var created in await admin.CreateAclsAsync(acls.GetRange(made, Math.Min(Batch, acls.Count - made))))
            {
                created.ThrowIfFailed();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await _zooKeeper.DisposeAsync();
        _scratch.Dispose();
    }
}
