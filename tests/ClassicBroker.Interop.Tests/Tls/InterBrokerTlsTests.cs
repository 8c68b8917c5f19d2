using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>Two brokers that speak TLS among themselves, each showing the other its certificate.</summary>
public sealed class InterBrokerTlsTests : IAsyncLifetime
{
    private const string Password = "store-secret";

    private readonly ScratchDirectory _scratch = new();
    private readonly List<KafkaServerProcess> _brokers = [];
    private ZooKeeperServerProcess? _zooKeeper;

    [Fact]
    public async Task The_controller_reaches_the_other_broker()
    {
        var bootstrap = _brokers[0].BootstrapServers;
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", bootstrap, "--create", "--topic", "elsewhere", "--replica-assignment", "1"])).RequireSuccess();
        var records = RecordCorpus.WithoutHeaders;

        // Its leader is the broker that is not controller, which knows so only from the controller's own request.
        await ForeignClient.KafkaPython().ProduceAsync(bootstrap, "elsewhere", "none", records);

        var read = await ForeignClient.KafkaPython().ConsumeAsync(bootstrap, "elsewhere", records.Count);
        Assert.Equal(string.Join('\n', records), string.Join('\n', read));
    }

    public async ValueTask InitializeAsync()
    {
        WriteStores();
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        for (var id = 0; id < 2; id++)
        {
            var broker = new KafkaServerProcess(_scratch.File($"broker-{id}"), _zooKeeper.ConnectString, id, Properties());
            var internalPort = LoopbackPorts.Next();
            var plaintext = broker.Properties["listeners"];
            broker.Properties["listeners"] = $"{plaintext},INTERNAL://127.0.0.1:{internalPort}";
            broker.Properties["advertised.listeners"] = $"{plaintext},INTERNAL://localhost:{internalPort}";
            _brokers.Add(await broker.StartAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        await _zooKeeper!.DisposeAsync();
        _scratch.Dispose();
    }

    private Dictionary<string, string> Properties() => new()
    {
        ["listener.security.protocol.map"] = "PLAINTEXT:PLAINTEXT,INTERNAL:SSL",
        ["inter.broker.listener.name"] = "INTERNAL",
        ["ssl.keystore.type"] = "PKCS12",
        ["ssl.keystore.location"] = _scratch.File("broker.p12"),
        ["ssl.keystore.password"] = Password,
        ["ssl.truststore.type"] = "PEM",
        ["ssl.truststore.location"] = _scratch.File("ca.pem"),
        ["ssl.client.auth"] = "required",
    };

    private void WriteStores()
    {
        using var authority = new TestAuthority("Test authority");
        using var broker = authority.Issue("CN=broker", "localhost");
        File.WriteAllText(_scratch.File("ca.pem"), authority.CertificatePem);
        File.WriteAllBytes(_scratch.File("broker.p12"), broker.Export(X509ContentType.Pkcs12, Password));
    }
}
