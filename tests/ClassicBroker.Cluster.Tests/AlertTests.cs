using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A cluster that is broken piece by piece, and the alerts that Prometheus raises for each.</summary>
public sealed class AlertTests : IDisposable
{
    private static readonly string[] Alerts =
    [
        "KafkaBrokerDown", "KafkaOfflinePartitions", "KafkaUnderMinIsr", "KafkaUnderReplicated", "KafkaNoController", "KafkaTwoControllers",
        "KafkaUncleanElection", "KafkaLogDirectoryOffline", "KafkaZooKeeperSessionLost", "KafkaConsumerLagGrows",
    ];

    private readonly ScratchDirectory _scratch = new();
    private readonly int[] _scraped = [LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next()];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Each_alert_fires_for_what_is_broken()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var first = WithOldCertificate(Broker(0, zooKeeper.ConnectString));
        await first.StartAsync();
        await using var second = await Broker(1, zooKeeper.ConnectString).StartAsync();
        await using var third = await Broker(2, zooKeeper.ConnectString).StartAsync();
        await TopicsAsync(first, "--create", "--topic", "safe", "--replica-assignment", "0:1:2", "--config", "min.insync.replicas=2");
        await TopicsAsync(first, "--create", "--topic", "alone", "--replica-assignment", "2");
        await TopicsAsync(first, "--create", "--topic", "dirty", "--replica-assignment", "1:2", "--config", "unclean.leader.election.enable=true");
        await Tool.RunAsync(
            "kafka-consumer-groups.sh", "--bootstrap-server", first.BootstrapServers, "--group", "slow", "--reset-offsets", "--to-earliest",
            "--topic", "safe", "--execute");
        await using var prometheus = await PrometheusProcess.StartAsync(_scratch, _scraped);
        await prometheus.WaitForQuietAsync(brokers: 3, Alerts);
        await prometheus.WaitForAsync($"KafkaCertificateExpires 127.0.0.1:{_scraped[0]}");

        await using var load = await AckedLoad.StartAsync(first.BootstrapServers, "safe", _scratch.File("acked"));
        await prometheus.WaitForAsync("KafkaConsumerLagGrows");

        await third.KillAsync();
        await prometheus.WaitForAsync(
            $"KafkaBrokerDown 127.0.0.1:{_scraped[2]}", "KafkaOfflinePartitions", $"KafkaUnderReplicated 127.0.0.1:{_scraped[0]}");
        await second.KillAsync();
        await prometheus.WaitForAsync("KafkaUnderMinIsr", $"KafkaBrokerDown 127.0.0.1:{_scraped[1]}");
        await third.StartAsync();
        await prometheus.WaitForAsync("KafkaUncleanElection");

        BreakSpareDirectory(third);
        await TopicsAsync(first, "--create", "--topic", "spare", "--replica-assignment", "2,2,2,2,2,2");
        await prometheus.WaitForAsync($"KafkaLogDirectoryOffline 127.0.0.1:{_scraped[2]}");

        await zooKeeper.KillAsync();
        await prometheus.WaitForAsync($"KafkaZooKeeperSessionLost 127.0.0.1:{_scraped[0]}");
        await first.KillAsync();
        await third.KillAsync();
        await prometheus.WaitForAsync("KafkaNoController");
    }

    private KafkaServerProcess Broker(int id, string zooKeeper) => new(
        _scratch.File($"broker-{id}"),
        zooKeeper,
        id,
        new Dictionary<string, string>
        {
            ["log.dirs"] = $"{_scratch.File($"broker-{id}/data")},{Spare(id)}",
            ["metrics.listeners"] = $"http://127.0.0.1:{_scraped[id]}",
            ["zookeeper.session.timeout.ms"] = "1000",
            ["zookeeper.connection.timeout.ms"] = "30000",
            ["replica.lag.time.max.ms"] = "2000",
        });

    /// <summary>Has the broker listen by TLS too, with a certificate that ends in five days.</summary>
    private KafkaServerProcess WithOldCertificate(KafkaServerProcess broker)
    {
        const string Password = "store-secret";
        using var authority = new TestAuthority("Alert authority");
        using var certificate = authority.IssueDated("CN=localhost", TimeSpan.FromDays(-360), TimeSpan.FromDays(5));
        File.WriteAllBytes(_scratch.File("old.p12"), certificate.Export(X509ContentType.Pkcs12, Password));
        broker.Properties["listeners"] += $",SSL://127.0.0.1:{LoopbackPorts.Next()}";
        broker.Properties["ssl.keystore.type"] = "PKCS12";
        broker.Properties["ssl.keystore.location"] = _scratch.File("old.p12");
        broker.Properties["ssl.keystore.password"] = Password;
        return broker;
    }

    private string Spare(int id) => _scratch.File($"broker-{id}/spare");

    /// <summary>Puts a file where the broker's second directory was: nothing can be made there any more.</summary>
    private void BreakSpareDirectory(KafkaServerProcess broker)
    {
        Directory.Delete(Spare(broker.BrokerId), recursive: true);
        File.WriteAllText(Spare(broker.BrokerId), "");
    }

    private static Task TopicsAsync(KafkaServerProcess broker, params string[] words) =>
        Tool.RunAsync("kafka-topics.sh", ["--bootstrap-server", broker.BootstrapServers, .. words]);
}
