using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>
/// A broker with three listeners: PLAINTEXT; SSL, whose store is PKCS12; MUTUAL, whose store is PEM and which wants certificates of its
/// clients. All are reached as <c>localhost</c>.
/// </summary>
public sealed class TlsBrokerFixture : IAsyncLifetime
{
    public const string Password = "store-secret";

    private readonly ScratchDirectory _scratch = new();
    private readonly TestAuthority _authority = new("Test authority");
    private readonly int _sslPort = LoopbackPorts.Next();
    private readonly int _mutualPort = LoopbackPorts.Next();
    private ZooKeeperServerProcess? _zooKeeper;
    private KafkaServerProcess? _broker;
    private int _topics;

    public KafkaServerProcess Broker => _broker!;

    public string ZooKeeperConnect => _zooKeeper!.ConnectString;

    public string Ssl => $"localhost:{_sslPort}";

    public string Mutual => $"localhost:{_mutualPort}";

    /// <summary>The authority's certificate in PEM.</summary>
    public string Authority => _scratch.File("ca.pem");

    /// <summary>A client's certificate in PEM.</summary>
    public string ClientCertificate => _scratch.File("client.pem");

    public string ClientKey => _scratch.File("client.key");

    /// <summary>A certificate that an authority below the trusted one has signed, and that authority's own.</summary>
    public string ClientChain => _scratch.File("client-chain.pem");

    public string ClientChainKey => _scratch.File("client-chain.key");

    /// <summary>The first with its key in PKCS12.</summary>
    public string ClientStore => _scratch.File("client.p12");

    public string File(string name) => _scratch.File(name);

    public string NewTopic(string purpose) => $"{purpose}-{Interlocked.Increment(ref _topics)}";

    /// <summary>A properties file for our tools.</summary>
    public string ClientProperties(params string[] lines)
    {
        var file = _scratch.File($"client-{Interlocked.Increment(ref _topics)}.properties");
        System.IO.File.WriteAllLines(file, lines);
        return file;
    }

    /// <summary>The lines of such a file that trust the authority.</summary>
    public string[] Trusting => ["security.protocol=SSL", "ssl.truststore.type=PEM", $"ssl.truststore.location={Authority}"];

    /// <summary>And those that show the client's certificate.</summary>
    public string[] Showing =>
    [
        .. Trusting, "ssl.keystore.type=PKCS12", $"ssl.keystore.location={ClientStore}", $"ssl.keystore.password={Password}",
    ];

    public async ValueTask InitializeAsync()
    {
        WriteStores();
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        _broker = new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString, properties: new Dictionary<string, string>
        {
            ["listener.security.protocol.map"] = "PLAINTEXT:PLAINTEXT,SSL:SSL,MUTUAL:SSL",
            ["inter.broker.listener.name"] = "PLAINTEXT",
            ["listener.name.ssl.ssl.keystore.type"] = "PKCS12",
            ["listener.name.ssl.ssl.keystore.location"] = _scratch.File("broker.p12"),
            ["listener.name.ssl.ssl.keystore.password"] = Password,
            ["listener.name.mutual.ssl.keystore.type"] = "PEM",
            ["listener.name.mutual.ssl.keystore.location"] = _scratch.File("broker.pem"),
            ["listener.name.mutual.ssl.truststore.type"] = "PEM",
            ["listener.name.mutual.ssl.truststore.location"] = Authority,
            ["listener.name.mutual.ssl.client.auth"] = "required",
        });
        var plaintext = _broker.Properties["listeners"];
        _broker.Properties["listeners"] = $"{plaintext},SSL://127.0.0.1:{_sslPort},MUTUAL://127.0.0.1:{_mutualPort}";
        _broker.Properties["advertised.listeners"] = $"{plaintext},SSL://{Ssl},MUTUAL://{Mutual}";
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

    private void WriteStores()
    {
        System.IO.File.WriteAllText(Authority, _authority.CertificatePem);
        using var broker = _authority.Issue("CN=broker,O=Test", "localhost");
        System.IO.File.WriteAllBytes(_scratch.File("broker.p12"), broker.Export(X509ContentType.Pkcs12, Password));
        System.IO.File.WriteAllText(_scratch.File("broker.pem"), $"{broker.ExportCertificatePem()}\n{KeyOf(broker)}");
        using var client = _authority.Issue("CN=alice,O=Test");
        System.IO.File.WriteAllBytes(ClientStore, client.Export(X509ContentType.Pkcs12, Password));
        System.IO.File.WriteAllText(ClientCertificate, client.ExportCertificatePem());
        System.IO.File.WriteAllText(ClientKey, KeyOf(client));
        using var below = new TestAuthority("Authority below", _authority);
        using var distant = below.Issue("CN=bob,O=Test");
        System.IO.File.WriteAllText(ClientChain, $"{distant.ExportCertificatePem()}\n{below.CertificatePem}\n");
        System.IO.File.WriteAllText(ClientChainKey, KeyOf(distant));
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetRSAPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }
}
