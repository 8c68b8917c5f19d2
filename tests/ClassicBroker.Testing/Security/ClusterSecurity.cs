using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Testing.Security;

/// <summary>
/// What brokers, tools and clients of one cluster are told so that they get in. Where it is secured, brokers and clients speak SASL_SSL with
/// SCRAM-SHA-512 among themselves, ACLs decide what a user may do, Apache ZooKeeper lets <c>kafka</c> in by DIGEST-MD5, and znodes are its
/// own. The brokers' user is <c>broker</c>, a super user; that of clients is <c>app</c>, whose rights are ACLs. One test owns it.
/// </summary>
public sealed class ClusterSecurity : IDisposable
{
    public const string BrokerUser = "broker";
    public const string ClientUser = "app";

    private const string StorePassword = "store-secret";
    private const string Mechanism = "SCRAM-SHA-512";
    private const string Module = "org.apache.kafka.common.security.scram.ScramLoginModule required";
    private const string ZooKeeperUser = "kafka";
    private const string ZooKeeperPassword = "zookeeper-secret";

    private readonly ScratchDirectory? _scratch;
    private readonly TestAuthority? _authority;
    private int _files;

    private ClusterSecurity()
    {
    }

    private ClusterSecurity(ScratchDirectory scratch)
    {
        _scratch = scratch;
        _authority = new TestAuthority("Cluster authority");
        File.WriteAllText(Authority, _authority.CertificatePem);
        File.WriteAllText(
            JaasFile,
            "Client { org.apache.zookeeper.server.auth.DigestLoginModule required "
            + $"username=\"{ZooKeeperUser}\" password=\"{ZooKeeperPassword}\"; }};");
    }

    /// <summary>That of a cluster everyone may enter.</summary>
    public static ClusterSecurity None { get; } = new();

    public bool IsSecured => _scratch is not null;

    /// <summary>What is given to clients and tools of the user <c>app</c>.</summary>
    public ClientCredentials Client { get; private set; } = ClientCredentials.None;

    /// <summary>What is given to tools that act as a broker does.</summary>
    public ClientCredentials Administrator { get; private set; } = ClientCredentials.None;

    /// <summary>The environment of brokers and of tools that go to ZooKeeper.</summary>
    public IReadOnlyDictionary<string, string> ZooKeeperEnvironment => IsSecured
        ? new Dictionary<string, string> { ["KAFKA_OPTS"] = $"-Djava.security.auth.login.config={JaasFile}" }
        : new Dictionary<string, string>();

    /// <summary>The authority's certificate in PEM.</summary>
    private string Authority => _scratch!.File("ca.pem");

    private string JaasFile => _scratch!.File("zookeeper-jaas.conf");

    public static ClusterSecurity Of(SecurityProfile profile, ScratchDirectory scratch) =>
        profile == SecurityProfile.Open ? None : new(scratch);

    /// <summary>An Apache ZooKeeper with the users and ACLs of the cluster in it.</summary>
    public async Task<RealZooKeeper> StartZooKeeperAsync()
    {
        if (!IsSecured)
        {
            return await RealZooKeeper.StartAsync();
        }

        var zooKeeper = await RealZooKeeper.StartWithSaslAsync(ZooKeeperUser, ZooKeeperPassword);
        Administrator = await AddUserAsync(zooKeeper.ConnectString, BrokerUser, "broker-secret");
        Client = await AddUserAsync(zooKeeper.ConnectString, ClientUser, "app-secret");
        await ToolAsync(
            "kafka-acls.sh",
            [
                "--authorizer-properties", $"zookeeper.connect={zooKeeper.ConnectString}", "--add", "--allow-principal", $"User:{ClientUser}",
                "--operation", "All", "--topic", "*", "--group", "*", "--transactional-id", "*", "--cluster",
            ]);
        return zooKeeper;
    }

    /// <summary>Makes a user, or gives one another password, in ZooKeeper.</summary>
    public async Task<ClientCredentials> AddUserAsync(string zooKeeper, string user, string password)
    {
        await ToolAsync(
            "kafka-configs.sh",
            [
                "--zookeeper", zooKeeper, "--alter", "--entity-type", "users", "--entity-name", user,
                "--add-config", $"{Mechanism}=[iterations=4096,password={password}]",
            ]);
        return CredentialsOf(user, password);
    }

    /// <summary>Has a running cluster give a user another password; from then on the user's own credentials here are the new ones.</summary>
    public async Task<ClientCredentials> ChangePasswordAsync(string bootstrap, string user, string password)
    {
        await ToolAsync(
            "kafka-configs.sh",
            [
                "--bootstrap-server", bootstrap, .. Administrator.Arguments(), "--alter", "--entity-type", "users", "--entity-name", user,
                "--add-config", $"{Mechanism}=[iterations=4096,password={password}]",
            ]);
        var changed = CredentialsOf(user, password);
        (Client, Administrator) = (user == ClientUser ? changed : Client, user == BrokerUser ? changed : Administrator);
        return changed;
    }

    /// <summary>Files with a user and a password, right or wrong.</summary>
    public ClientCredentials CredentialsOf(string user, string password)
    {
        var number = Interlocked.Increment(ref _files);
        var (java, librdkafka) = (_scratch!.File($"client-{number}.properties"), _scratch.File($"client-{number}.conf"));
        string[] properties =
        [
            "security.protocol=SASL_SSL", $"sasl.mechanism={Mechanism}", $"sasl.jaas.config={JaasConfig(user, password)}",
            "ssl.truststore.type=PEM", $"ssl.truststore.location={Authority}",
        ];
        File.WriteAllLines(java, properties);
        File.WriteAllLines(
            librdkafka,
            [
                "security.protocol=SASL_SSL", $"sasl.mechanism={Mechanism}", $"sasl.username={user}", $"sasl.password={password}",
                $"ssl.ca.location={Authority}",
            ]);
        return new(java, librdkafka);
    }

    /// <summary>What a broker's <c>sasl.jaas.config</c> logs in with.</summary>
    public static string JaasConfig(string user, string password) => $"{Module} username=\"{user}\" password=\"{password}\";";

    /// <summary>A key store with a certificate that is new, for the same host and name.</summary>
    public string NewKeyStore(string name, out string serialNumber)
    {
        using var certificate = _authority!.Issue("CN=broker,O=Test", "localhost");
        var path = _scratch!.File(name);
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, StorePassword));
        serialNumber = certificate.SerialNumber;
        return path;
    }

    /// <summary>Sets what a broker needs before its start.</summary>
    public KafkaServerProcess Secure(KafkaServerProcess broker)
    {
        if (!IsSecured)
        {
            return broker;
        }

        broker.Host = "localhost";
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["listeners"] = $"SASL_SSL://127.0.0.1:{broker.Port}",
            ["advertised.listeners"] = $"SASL_SSL://localhost:{broker.Port}",
            ["security.inter.broker.protocol"] = "SASL_SSL",
            ["sasl.enabled.mechanisms"] = Mechanism,
            ["sasl.mechanism.inter.broker.protocol"] = Mechanism,
            ["listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"] = JaasConfig(BrokerUser, "broker-secret"),
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = NewKeyStore($"broker-{broker.BrokerId}.p12", out _),
            ["ssl.keystore.password"] = StorePassword,
            ["ssl.truststore.type"] = "PEM",
            ["ssl.truststore.location"] = Authority,
            ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
            ["super.users"] = $"User:{BrokerUser}",
            ["zookeeper.set.acl"] = "true",
            ["password.encoder.secret"] = "encoder-secret",
        })
        {
            broker.Properties[key] = value;
        }

        foreach (var (name, value) in ZooKeeperEnvironment)
        {
            broker.Environment[name] = value;
        }

        return broker;
    }

    public void Dispose() => _authority?.Dispose();

    private async Task ToolAsync(string script, string[] arguments) =>
        (await ChildProcess.RunAsync(RepositoryLayout.Script(script), arguments, environment: ZooKeeperEnvironment)).RequireSuccess();
}
