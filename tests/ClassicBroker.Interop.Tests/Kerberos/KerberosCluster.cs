using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Kerberos;

/// <summary>
/// Two brokers that let clients and each other in by GSSAPI alone, with ACLs: kafka and alice may do everything, bob has a principal and no
/// rights. Made once for a class of tests.
/// </summary>
public sealed class KerberosCluster : IAsyncLifetime
{
    private const string StorePassword = "store-secret";
    private const string Module = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true";

    private readonly ScratchDirectory _scratch = new();
    private readonly KeyDistributionCentre _centre = new();
    private readonly TestAuthority _authority = new("Test authority");
    private readonly List<KafkaServerProcess> _brokers = [];
    private readonly Dictionary<string, string> _keyTabs = [];
    private ZooKeeperServerProcess? _zooKeeper;
    private int _files;

    /// <summary>Where clients begin.</summary>
    public string Bootstrap { get; private set; } = "";

    /// <summary>Where clients begin that speak TLS.</summary>
    public string TlsBootstrap { get; private set; } = "";

    /// <summary>The certificate to trust.</summary>
    public string Authority => _scratch.File("ca.pem");

    public string ZooKeeperConnect => _zooKeeper!.ConnectString;

    /// <summary>The environment of a client of MIT's library, with tickets of its own.</summary>
    public Dictionary<string, string> Environment => _centre.Environment;

    /// <summary>The environment of our tools, which learn of the realm as Java does.</summary>
    public Dictionary<string, string> JavaEnvironment => new() { ["KAFKA_OPTS"] = $"-Djava.security.krb5.conf={_centre.ConfigFile}" };

    public string KeyTabOf(string principal) => _keyTabs[principal];

    /// <summary>The properties of a Java client.</summary>
    public string ClientProperties(string principal, string service = "kafka", bool speaksTls = false)
    {
        var file = _scratch.File($"client-{Interlocked.Increment(ref _files)}.properties");
        File.WriteAllLines(
            file,
            [
                $"security.protocol={(speaksTls ? "SASL_SSL" : "SASL_PLAINTEXT")}",
                "ssl.truststore.type=PEM",
                $"ssl.truststore.location={Authority}",
                "sasl.mechanism=GSSAPI",
                $"sasl.kerberos.service.name={service}",
                $"sasl.jaas.config={Module} keyTab=\"{KeyTabOf(principal)}\" principal=\"{principal}@{KeyDistributionCentre.Realm}\";",
            ]);
        return file;
    }

    /// <summary>A broker that is not started.</summary>
    public KafkaServerProcess NewBroker(int id, string keyTab)
    {
        var port = LoopbackPorts.Next();
        var tlsPort = LoopbackPorts.Next();
        var jaas = $"{Module} keyTab=\"{keyTab}\" principal=\"kafka/localhost@{KeyDistributionCentre.Realm}\";";
        var broker = new KafkaServerProcess(_scratch.File($"broker-{id}"), ZooKeeperConnect, id, new Dictionary<string, string>
        {
            ["listeners"] = $"SASL_PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{tlsPort}",
            ["advertised.listeners"] = $"SASL_PLAINTEXT://localhost:{port},SASL_SSL://localhost:{tlsPort}",
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = _scratch.File("broker.p12"),
            ["ssl.keystore.password"] = StorePassword,
            ["listener.name.sasl_ssl.gssapi.sasl.jaas.config"] = jaas,
            ["security.inter.broker.protocol"] = "SASL_PLAINTEXT",
            ["sasl.kerberos.service.name"] = "kafka",
            ["sasl.kerberos.principal.to.local.rules"] = "RULE:[2:$1](kafka),DEFAULT",
            ["listener.name.sasl_plaintext.gssapi.sasl.jaas.config"] = jaas,
            ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
            ["super.users"] = "User:kafka;User:alice",
            ["offsets.topic.replication.factor"] = "2",
        });
        broker.Environment["KAFKA_OPTS"] = $"-Djava.security.krb5.conf={_centre.ConfigFile}";
        return broker;
    }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Authority, _authority.CertificatePem);
        using var certificate = _authority.Issue("CN=broker,O=Test", "localhost");
        await File.WriteAllBytesAsync(_scratch.File("broker.p12"), certificate.Export(X509ContentType.Pkcs12, StorePassword));
        await _centre.StartAsync();
        foreach (var principal in new[] { "kafka/localhost", "alice", "bob", "mallory" })
        {
            _keyTabs[principal] = await _centre.AddAsync(principal);
        }

        await _centre.ChangeKeysAsync("mallory");
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        foreach (var id in new[] { 0, 1 })
        {
            var broker = NewBroker(id, KeyTabOf("kafka/localhost"));
            _brokers.Add(broker);
            await broker.StartAsync();
        }

        var advertised = _brokers[0].Properties["advertised.listeners"].Split(',');
        Bootstrap = advertised[0]["SASL_PLAINTEXT://".Length..];
        TlsBootstrap = advertised[1]["SASL_SSL://".Length..];
        await Acquaintance.AwaitAsync(
            [.. _brokers.Select(broker => broker.Properties["advertised.listeners"].Split(',')[0]["SASL_PLAINTEXT://".Length..])],
            ["--command-config", ClientProperties("alice")], JavaEnvironment);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        await _centre.DisposeAsync();
        _authority.Dispose();
        _scratch.Dispose();
    }
}
