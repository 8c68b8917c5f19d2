using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>A broker whose ZooKeeper, Apache's, is reached by TLS and asks for the broker's certificate.</summary>
public sealed class ZooKeeperTlsTests : IDisposable
{
    private const string Password = "store-secret";

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task A_broker_registers_and_serves()
    {
        WriteStores();
        var securePort = LoopbackPorts.Next();
        await using var zooKeeper = new RealZooKeeperNode(_scratch.File("zookeeper"), LoopbackPorts.Next(), SecureLines(securePort));
        await zooKeeper.StartAsync();
        await using var broker = new KafkaServerProcess(
            _scratch.File("broker"),
            $"localhost:{securePort}",
            properties: new Dictionary<string, string>
            {
                ["zookeeper.ssl.client.enable"] = "true",
                ["zookeeper.ssl.truststore.location"] = _scratch.File("ca.pem"),
                ["zookeeper.ssl.keystore.location"] = _scratch.File("broker.p12"),
                ["zookeeper.ssl.keystore.password"] = Password,
            });
        await broker.StartAsync();

        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"), ["--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "t"])).RequireSuccess();

        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task Acls_are_written_without_a_broker_by_what_a_file_or_the_properties_of_the_authorizer_say()
    {
        WriteStores();
        var securePort = LoopbackPorts.Next();
        await using var zooKeeper = new RealZooKeeperNode(_scratch.File("zookeeper"), LoopbackPorts.Next(), SecureLines(securePort));
        await zooKeeper.StartAsync();
        string[] keys =
        [
            "zookeeper.ssl.client.enable=true", "zookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty",
            $"zookeeper.ssl.truststore.location={_scratch.File("ca.pem")}", $"zookeeper.ssl.keystore.location={_scratch.File("broker.p12")}",
            $"zookeeper.ssl.keystore.password={Password}",
        ];
        var file = _scratch.File("tls.properties");
        await File.WriteAllLinesAsync(file, ["zookeeper.ssl.client.enable=false", .. keys.Select(key => "authorizer." + key)]);
        var connect = $"zookeeper.connect=localhost:{securePort}";
        (await AclsAsync(
            "--authorizer-properties", connect, "--authorizer-properties", "zookeeper.set.acl=false", "--zk-tls-config-file", file,
            "--add", "--allow-principal", "User:x", "--operation", "Read", "--topic", "t")).RequireSuccess();
        string[] properties = [.. keys.SelectMany(key => new[] { "--authorizer-properties", key })];
        Assert.Contains(
            "principal=User:x",
            (await AclsAsync(["--authorizer-properties", connect, .. properties, "--list"])).RequireSuccess().Text,
            StringComparison.Ordinal);

        Task<CommandOutcome> AclsAsync(params string[] arguments) => ChildProcess.RunAsync(RepositoryLayout.Script("kafka-acls.sh"), arguments);
    }

    public void Dispose() => _scratch.Dispose();

    private void WriteStores()
    {
        using var authority = new TestAuthority("Test authority");
        using var server = authority.Issue("CN=zookeeper", "localhost");
        using var broker = authority.Issue("CN=broker");
        File.WriteAllText(_scratch.File("ca.pem"), authority.CertificatePem);
        File.WriteAllBytes(_scratch.File("server.p12"), server.Export(X509ContentType.Pkcs12, Password));
        File.WriteAllBytes(_scratch.File("broker.p12"), broker.Export(X509ContentType.Pkcs12, Password));
    }

    private string[] SecureLines(int port) =>
    [
        $"secureClientPort={port}", "secureClientPortAddress=127.0.0.1", "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
        $"ssl.keyStore.location={_scratch.File("server.p12")}", $"ssl.keyStore.password={Password}", "ssl.keyStore.type=PKCS12",
        $"ssl.trustStore.location={_scratch.File("ca.pem")}", "ssl.trustStore.type=PEM", "ssl.clientAuth=need",
    ];
}
