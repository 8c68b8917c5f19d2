using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>
/// A broker with listeners PLAINTEXT, SASL_PLAINTEXT and SASL_SSL, both with all mechanisms; brokers log in by SCRAM-SHA-512 at
/// SASL_PLAINTEXT. alice has the same password everywhere.
/// </summary>
public sealed class SaslBrokerFixture : IAsyncLifetime
{
    private const string StorePassword = "store-secret";
    private const string AlicePassword = "alice,=secret";

    private readonly ScratchDirectory _scratch = new();
    private readonly TestAuthority _authority = new("Test authority");
    private readonly int _plainPort = LoopbackPorts.Next();
    private readonly int _tlsPort = LoopbackPorts.Next();
    private ZooKeeperServerProcess? _zooKeeper;
    private KafkaServerProcess? _broker;
    private int _files;

    public KafkaServerProcess Broker => _broker!;

    /// <summary>Every listener and mechanism, with the right secret and with a wrong one.</summary>
    internal IReadOnlyList<SaslCell> Cells =>
    [
        .. from listener in new[] { ("SASL_PLAINTEXT", _plainPort), ("SASL_SSL", _tlsPort) }
           from mechanism in new[] { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER" }
           from isRight in new[] { true, false }
           select new SaslCell(
               $"localhost:{listener.Item2}", listener.Item1, mechanism, "alice", SecretOf(mechanism, isRight), isRight, _scratch.File("ca.pem")),
    ];

    /// <summary>What a Java client logs in with by SCRAM at the listener without TLS, as alice or by a delegation token.</summary>
    internal string[] ScramLines(string user = "alice", string password = AlicePassword, bool isToken = false) =>
    [
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=SCRAM-SHA-256",
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required "
        + $"username=\"{user}\" password=\"{password}\"{(isToken ? " tokenauth=\"true\"" : "")};",
    ];

    internal string SaslPlaintext => $"localhost:{_plainPort}";

    /// <summary>A properties file for our tools.</summary>
    public string ClientProperties(params string[] lines)
    {
        var file = _scratch.File($"client-{Interlocked.Increment(ref _files)}.properties");
        File.WriteAllLines(file, lines);
        return file;
    }

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(_scratch.File("ca.pem"), _authority.CertificatePem);
        using var certificate = _authority.Issue("CN=broker,O=Test", "localhost");
        File.WriteAllBytes(_scratch.File("broker.p12"), certificate.Export(X509ContentType.Pkcs12, StorePassword));
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        foreach (var user in new[] { "admin", "alice" })
        {
            var password = user == "alice" ? AlicePassword : "admin-secret";
            (await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-configs.sh"),
                [
                    "--zookeeper", _zooKeeper.ConnectString, "--alter", "--entity-type", "users", "--entity-name", user, "--add-config",
                    $"SCRAM-SHA-256=[iterations=8192,password={password}],SCRAM-SHA-512=[password={password}]",
                ])).RequireSuccess();
        }

        _broker = new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString, properties: Properties());
        var plaintext = _broker.Properties["listeners"];
        _broker.Properties["listeners"] = $"{plaintext},SASL_PLAINTEXT://127.0.0.1:{_plainPort},SASL_SSL://127.0.0.1:{_tlsPort}";
        _broker.Properties["advertised.listeners"] = $"{plaintext},SASL_PLAINTEXT://localhost:{_plainPort},SASL_SSL://localhost:{_tlsPort}";
        await _broker.StartAsync();
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

        _authority.Dispose();
        _scratch.Dispose();
    }

    /// <summary>An empty secret has a client make a token that is good; a wrong one is a token that has ended.</summary>
    private static string SecretOf(string mechanism, bool isRight) => (mechanism, isRight) switch
    {
        ("OAUTHBEARER", true) => "",
        ("OAUTHBEARER", false) => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImlhdCI6MSwiZXhwIjoyfQ.",
        (_, true) => AlicePassword,
        _ => "wrong",
    };

    private Dictionary<string, string> Properties()
    {
        var properties = new Dictionary<string, string>
        {
            ["inter.broker.listener.name"] = "SASL_PLAINTEXT",
            ["delegation.token.secret.key"] = "shared-secret",
            ["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
            ["sasl.mechanism.inter.broker.protocol"] = "SCRAM-SHA-512",
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = _scratch.File("broker.p12"),
            ["ssl.keystore.password"] = StorePassword,
        };
        foreach (var listener in new[] { "sasl_plaintext", "sasl_ssl" })
        {
            const string package = "org.apache.kafka.common.security.";
            var prefix = $"listener.name.{listener}.";
            properties[prefix + "plain.sasl.jaas.config"] = $"{package}plain.PlainLoginModule required user_alice=\"{AlicePassword}\";";
            properties[prefix + "scram-sha-256.sasl.jaas.config"] = $"{package}scram.ScramLoginModule required;";
            properties[prefix + "scram-sha-512.sasl.jaas.config"] =
                $"{package}scram.ScramLoginModule required username=\"admin\" password=\"admin-secret\";";
            properties[prefix + "oauthbearer.sasl.jaas.config"] = $"{package}oauthbearer.OAuthBearerLoginModule required;";
        }

        return properties;
    }
}
