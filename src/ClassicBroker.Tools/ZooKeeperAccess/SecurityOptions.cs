using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.ZooKeeperAccess;

/// <summary>The options of <c>zookeeper-security-migration.sh</c>. Made for a single run.</summary>
internal sealed class SecurityOptions
{
    private const string Purpose =
        "ZooKeeper Migration Tool Help. This tool updates the ACLs of znodes as part of the process of setting up ZooKeeper authentication.";

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _acl;
    private readonly OptionSpec _connect;
    private readonly OptionSpec _sessionTimeout;
    private readonly OptionSpec _connectionTimeout;
    private readonly OptionSpec _pathCheck;
    private readonly OptionSpec _tlsFile;
    private ParsedOptions _options = null!;

    public SecurityOptions()
    {
        _acl = _parser.Value(
            "zookeeper.acl",
            "Indicates whether to make the Kafka znodes in ZooKeeper secure or unsecure. The options are 'secure' and 'unsecure'");
        _connect = _parser.Value(
            "zookeeper.connect",
            "Sets the ZooKeeper connect string (ensemble). This parameter takes a comma-separated list of host:port pairs.",
            @default: "localhost:2181");
        _sessionTimeout = _parser.Value(
            "zookeeper.session.timeout", "Sets the ZooKeeper session timeout.", @default: "30000", type: "Integer");
        _connectionTimeout = _parser.Value(
            "zookeeper.connection.timeout", "Sets the ZooKeeper connection timeout.", @default: "30000", type: "Integer");
        _pathCheck = _parser.Flag(
            "enable.path.check", "Checks if all the root paths exist in ZooKeeper before migration. If not, exit the command.");
        _tlsFile = _parser.Value(
            "zk-tls-config-file",
            "Identifies the file where ZooKeeper client TLS connectivity properties are defined.  Any properties other than "
            + "zookeeper.ssl.keystore.location, zookeeper.clientCnxnSocket, zookeeper.ssl.truststore.location, "
            + "zookeeper.ssl.truststore.password, zookeeper.ssl.truststore.type, zookeeper.ssl.client.enable, zookeeper.ssl.cipher.suites, "
            + "zookeeper.ssl.protocol, zookeeper.ssl.keystore.password, zookeeper.ssl.ocsp.enable, "
            + "zookeeper.ssl.endpoint.identification.algorithm, zookeeper.ssl.crl.enable, zookeeper.ssl.keystore.type, "
            + "zookeeper.ssl.enabled.protocols are ignored.",
            "ZooKeeper TLS configuration");
    }

    public string Connect => _options.Text(_connect);

    public TimeSpan ConnectionTimeout => TimeSpan.FromMilliseconds(_options.Int32(_connectionTimeout));

    public bool ChecksPaths => _options.Has(_pathCheck);

    public string? TlsFile => _options.Value(_tlsFile);

    /// <summary>Whether znodes are to be closed to strangers, or open to all.</summary>
    /// <exception cref="UsageException">The option says neither.</exception>
    public bool IsSecure => _options.Value(_acl) switch
    {
        "secure" => true,
        "unsecure" => false,
        _ => throw _parser.Usage(Purpose),
    };

    /// <exception cref="UsageException">The words are no options of the tool.</exception>
    public void Parse(IReadOnlyList<string> args)
    {
        _options = _parser.Parse(args, Purpose);

        // Sessions are negotiated with the server; the number must be one all the same.
        _ = _options.Int32(_sessionTimeout);
    }
}
