using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client;

/// <summary>
/// What producer, consumer and admin client have in common, under the Java clients' defaults. Immutable; every derived record reads
/// itself from properties that carry the Java clients' names.
/// </summary>
public abstract record ClientConfig
{
    /// <summary>Brokers to learn the cluster from, <c>bootstrap.servers</c>: <c>host1:port1,host2:port2</c>.</summary>
    public string BootstrapServers { get; init; } = "";

    /// <summary>Names this client in brokers' logs and quotas, <c>client.id</c>.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>How long a response may take, <c>request.timeout.ms</c>.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bounds calls that retry, <c>default.api.timeout.ms</c>.</summary>
    public TimeSpan DefaultApiTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first pause before a request is tried again, <c>retry.backoff.ms</c>.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the pause grows to, <c>retry.backoff.max.ms</c>.</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>The first pause before a broker is connected to again, <c>reconnect.backoff.ms</c>.</summary>
    public TimeSpan ReconnectBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>What that pause grows to, <c>reconnect.backoff.max.ms</c>.</summary>
    public TimeSpan ReconnectBackoffMax { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>How long a connection may take to stand, <c>socket.connection.setup.timeout.ms</c>.</summary>
    public TimeSpan ConnectionSetupTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What that grows to while attempts fail, <c>socket.connection.setup.timeout.max.ms</c>.</summary>
    public TimeSpan ConnectionSetupTimeoutMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When an unused connection is closed, <c>connections.max.idle.ms</c>.</summary>
    public TimeSpan ConnectionsMaxIdle { get; init; } = TimeSpan.FromMinutes(9);

    /// <summary>When metadata is fetched again though nothing failed, <c>metadata.max.age.ms</c>.</summary>
    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>SO_SNDBUF in bytes, <c>send.buffer.bytes</c>; -1 leaves the system's.</summary>
    public int SendBufferBytes { get; init; } = 131072;

    /// <summary>SO_RCVBUF in bytes, <c>receive.buffer.bytes</c>; -1 leaves the system's.</summary>
    public int ReceiveBufferBytes { get; init; } = 65536;

    /// <summary>Whether connections speak TLS and SASL, <c>security.protocol</c>.</summary>
    public SecurityProtocol SecurityProtocol { get; init; }

    /// <summary>Whom to trust over TLS and what to show, the <c>ssl.*</c> keys; without effect where nothing speaks TLS.</summary>
    public TlsConfig Tls { get; init; } = new();

    /// <summary>What to log in with, the <c>sasl.*</c> keys; without effect where nothing speaks SASL.</summary>
    public SaslConfig Sasl { get; init; } = new();

    /// <summary>Keys that were given and mean nothing, sorted. A client logs them.</summary>
    public IReadOnlyList<string> UnusedKeys { get; init; } = [];

    /// <summary>Keys that were given, are known, and have no effect in this client, sorted. A client logs them.</summary>
    public IReadOnlyList<string> InertKeys { get; init; } = [];

    /// <summary>The properties shared by all clients, read over the defaults of <paramref name="defaults"/>.</summary>
    private protected static T ReadCommon<T>(ConfigReader reader, T defaults)
        where T : ClientConfig
    {
        reader.Accept(
            "auto.include.jmx.reporter", "metric.reporters", "metrics.num.samples", "metrics.recording.level",
            "metrics.sample.window.ms", "enable.metrics.push", "metadata.recovery.strategy");
        reader.Refuse("security.providers", "providers are classes of a JVM, which this client is not");
        reader.Refuse("interceptor.classes", "interceptors are objects here: give them to the client's constructor");
        reader.Refuse(
            "client.dns.lookup",
            "addresses are not looked up backwards here; all addresses of a name are tried, as with use_all_dns_ips",
            "use_all_dns_ips",
            "default");
        return defaults with
        {
            BootstrapServers = reader.String("bootstrap.servers", defaults.BootstrapServers),
            ClientId = reader.String("client.id", defaults.ClientId),
            RequestTimeout = reader.Milliseconds("request.timeout.ms", Ms(defaults.RequestTimeout)),
            DefaultApiTimeout = reader.Milliseconds("default.api.timeout.ms", Ms(defaults.DefaultApiTimeout)),
            RetryBackoff = reader.Milliseconds("retry.backoff.ms", Ms(defaults.RetryBackoff)),
            RetryBackoffMax = reader.Milliseconds("retry.backoff.max.ms", Ms(defaults.RetryBackoffMax)),
            ReconnectBackoff = reader.Milliseconds("reconnect.backoff.ms", Ms(defaults.ReconnectBackoff)),
            ReconnectBackoffMax = reader.Milliseconds("reconnect.backoff.max.ms", Ms(defaults.ReconnectBackoffMax)),
            ConnectionSetupTimeout = reader.Milliseconds("socket.connection.setup.timeout.ms", Ms(defaults.ConnectionSetupTimeout)),
            ConnectionSetupTimeoutMax =
                reader.Milliseconds("socket.connection.setup.timeout.max.ms", Ms(defaults.ConnectionSetupTimeoutMax)),
            ConnectionsMaxIdle =
                reader.Milliseconds("connections.max.idle.ms", Ms(defaults.ConnectionsMaxIdle), -1, long.MaxValue),
            MetadataMaxAge = reader.Milliseconds("metadata.max.age.ms", Ms(defaults.MetadataMaxAge)),
            SendBufferBytes = reader.Int32("send.buffer.bytes", defaults.SendBufferBytes, -1),
            ReceiveBufferBytes = reader.Int32("receive.buffer.bytes", defaults.ReceiveBufferBytes, -1),
            SecurityProtocol = ReadSecurityProtocol(reader),
            Tls = TlsConfig.Read(reader),
            Sasl = SaslConfig.Read(reader),
        };
    }

    /// <summary>True where connections speak TLS.</summary>
    internal bool SpeaksTls => SecurityProtocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl;

    /// <summary>True where connections log in.</summary>
    internal bool SpeaksSasl => SecurityProtocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;

    private static SecurityProtocol ReadSecurityProtocol(ConfigReader reader) =>
        reader.Choice(
            "security.protocol",
            SecurityProtocol.Plaintext,
            ("PLAINTEXT", SecurityProtocol.Plaintext),
            ("SSL", SecurityProtocol.Ssl),
            ("SASL_PLAINTEXT", SecurityProtocol.SaslPlaintext),
            ("SASL_SSL", SecurityProtocol.SaslSsl));

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;
}
