using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperAccess;

/// <summary>
/// A file of <c>--zk-tls-config-file</c>: how ZooKeeper is reached by TLS, under the keys of <c>server.properties</c>. Keys of other kinds
/// are passed over. Immutable.
/// </summary>
internal sealed class ZooKeeperTlsFile
{
    private const string EnableKey = "zookeeper.ssl.client.enable";
    private const string SocketKey = "zookeeper.clientCnxnSocket";
    private const string NettySocket = "org.apache.zookeeper.ClientCnxnSocketNetty";
    private const string AuthorizerPrefix = "authorizer.";

    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(30);

    private readonly TlsContext _context;

    private ZooKeeperTlsFile(TlsContext context, bool hasCertificate) => (_context, HasCertificate) = (context, hasCertificate);

    /// <summary>Whether a certificate proves to ZooKeeper who this is.</summary>
    public bool HasCertificate { get; }

    /// <summary>What the file says; null where it does not ask for TLS.</summary>
    /// <param name="host">Reads files.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="ToolException">It cannot be read, or asks for what cannot be.</exception>
    public static ZooKeeperTlsFile? Read(ToolHost host, string path) => Read(host, path, host.Load(path), isOfAuthorizer: false);

    /// <summary>
    /// What the properties of an authorizer say, and over them a file where there is one; keys with the prefix <c>authorizer.</c> come
    /// before those without.
    /// </summary>
    /// <exception cref="ToolException">The file cannot be read, or they ask for what cannot be.</exception>
    public static ZooKeeperTlsFile? OfAuthorizer(ToolHost host, IReadOnlyDictionary<string, string> properties, string? path)
    {
        var all = new Dictionary<string, string>(properties, StringComparer.Ordinal);
        if (path is not null)
        {
            foreach (var (key, value) in host.Load(path))
            {
                all[key] = value;
            }
        }

        return Read(host, path ?? "the properties of the authorizer", all, isOfAuthorizer: true);
    }

    private static ZooKeeperTlsFile? Read(ToolHost host, string path, IReadOnlyDictionary<string, string> properties, bool isOfAuthorizer)
    {
        if (!"true".Equals(TextOf(EnableKey)?.Trim(), StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (TextOf(SocketKey) != NettySocket)
        {
            throw new ToolException($"{EnableKey}=true in {path} needs {SocketKey}={NettySocket}: without it Kafka speaks plain text");
        }

        try
        {
            var settings = ZooKeeperTlsSettings.Read(TextOf);
            return new(TlsContext.Load(settings, host.Files), TextOf("zookeeper.ssl.keystore.location") is not null);
        }
        catch (TlsSettingException refused)
        {
            throw new ToolException(
                $"Invalid value {refused.Value} for configuration {ZooKeeperTlsSettings.Prefix}{refused.Key} in {path}: {refused.Reason}");
        }

        string? TextOf(string key) =>
            (isOfAuthorizer ? properties.GetValueOrDefault(AuthorizerPrefix + key) : null) ?? properties.GetValueOrDefault(key);
    }

    /// <summary>Makes the handler of a connection to a host.</summary>
    public TransportHandler HandlerFor(string host) => new TlsHandler(_context.Client(host), HandshakePatience);
}
