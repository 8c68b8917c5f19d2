using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Tools.ZooKeeperAccess;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Tools;

/// <summary>
/// What a tool reaches other machines by: clients of a cluster, and sessions with ZooKeeper. Threading: used by one tool.
/// </summary>
internal sealed class ToolNetwork(
    ClientNetwork clients,
    IEventLoop loop,
    ILoggerFactory loggers,
    IAddressResolver resolver,
    Func<ZooKeeperConnectString, ZooKeeperTlsFile?, IZooKeeper> openZooKeeper,
    Func<ValueTask> close) : IAsyncDisposable
{
    private static readonly TimeSpan ZooKeeperTimeout = TimeSpan.FromSeconds(30);

    /// <summary>An admin client of a cluster, with what a <c>--command-config</c> file adds.</summary>
    /// <exception cref="ToolException">The file cannot be read.</exception>
    /// <exception cref="KafkaConfigException">What it says is wrong.</exception>
    /// <exception cref="JavaFailure">The addresses lead nowhere.</exception>
    public async Task<AdminClient> AdminAsync(ToolHost host, string bootstrapServers, string? commandConfig)
    {
        var properties = host.Load(commandConfig);
        properties["bootstrap.servers"] = bootstrapServers;
        return await AdminAsync(AdminConfig.FromProperties(properties));
    }

    /// <exception cref="JavaFailure">The addresses lead nowhere.</exception>
    public Task<AdminClient> AdminAsync(AdminConfig config) =>
        MakeAsync(config, "Failed to create new KafkaAdminClient", () => new AdminClient(config, clients, loggers));

    /// <summary>
    /// Asks what was given as the controllers of a cluster with KRaft, and returns the refusal of a broker, which all brokers with
    /// ZooKeeper give.
    /// </summary>
    public async Task<JavaFailure> RefuseControllersAsync(ToolHost host, string controllers, string? commandConfig)
    {
        await using var admin = await AdminAsync(host, controllers, commandConfig);
        await admin.DescribeClusterAsync();
        return JavaException.FromFuture(new JavaFailure(
            "org.apache.kafka.common.errors.MismatchedEndpointTypeException",
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"));
    }

    /// <exception cref="JavaFailure">The addresses lead nowhere.</exception>
    public Task<KafkaProducer<TKey, TValue>> ProducerAsync<TKey, TValue>(
        ProducerConfig config, ISerializer<TKey> keySerializer, ISerializer<TValue> valueSerializer) =>
        MakeAsync(
            config,
            "Failed to construct kafka producer",
            () => new KafkaProducer<TKey, TValue>(config, keySerializer, valueSerializer, clients, loggers));

    /// <exception cref="JavaFailure">The addresses lead nowhere.</exception>
    public Task<KafkaConsumer<TKey, TValue>> ConsumerAsync<TKey, TValue>(
        ConsumerConfig config, IDeserializer<TKey> keyDeserializer, IDeserializer<TValue> valueDeserializer) =>
        MakeAsync(
            config,
            "Failed to construct kafka consumer",
            () => new KafkaConsumer<TKey, TValue>(config, keyDeserializer, valueDeserializer, clients, loggers));

    /// <summary>A session with <c>host:port,…[/chroot]</c>, connected.</summary>
    /// <exception cref="ToolException">
    /// The address is malformed, or no server could be reached within <paramref name="timeout"/>; the message says why.
    /// </exception>
    public async Task<IZooKeeper> ConnectZooKeeperAsync(string connect, TimeSpan timeout, ZooKeeperTlsFile? tls = null)
    {
        var zooKeeper = StartZooKeeper(connect, tls);
        try
        {
            await zooKeeper.WaitUntilConnectedAsync(CancellationToken.None).WaitAsync(timeout, loop.Time);
            return zooKeeper;
        }
        catch (TimeoutException)
        {
            await zooKeeper.CloseAsync();
            throw new ToolException(
                $"Timed out waiting for connection while in state: CONNECTING ({connect}: {ZooKeeperFailure ?? "no server answered"})");
        }
    }

    /// <summary>A session that one attempt is enough for.</summary>
    /// <exception cref="ToolException">The address is malformed.</exception>
    /// <exception cref="ConnectionLossException">The first server tried could not be reached.</exception>
    public async Task<IZooKeeper> TryZooKeeperAsync(string connect, TimeSpan timeout, ZooKeeperTlsFile? tls = null)
    {
        var zooKeeper = StartZooKeeper(connect, tls);
        try
        {
            await zooKeeper.ExistsAsync("/", watch: false).WaitAsync(timeout, loop.Time);
            return zooKeeper;
        }
        catch (Exception failure) when (failure is TimeoutException or ConnectionLossException)
        {
            await zooKeeper.CloseAsync();
            throw failure as ConnectionLossException ?? new ConnectionLossException(path: null);
        }
    }

    /// <summary>What a cluster keeps in ZooKeeper, read and written without a broker.</summary>
    /// <param name="host">Gives randomness, and the login.</param>
    /// <param name="connect">Where ZooKeeper is.</param>
    /// <param name="version">Decides the form of some znodes.</param>
    /// <param name="tls">How it is reached; null for plain text.</param>
    /// <param name="isSecure">Whether znodes get ACLs that keep strangers out; null for where this is logged in, as in Kafka.</param>
    /// <param name="timeout">How long to try; null for half a minute.</param>
    /// <exception cref="ToolException">ZooKeeper cannot be reached.</exception>
    public async Task<ZooKeeperStore> OpenStoreAsync(
        ToolHost host,
        string connect,
        MetadataVersion version,
        ZooKeeperTlsFile? tls = null,
        bool? isSecure = null,
        TimeSpan? timeout = null)
    {
        var secureAcls = isSecure ?? (tls is { HasCertificate: true } || ZooKeeperLogin.IsConfigured(host));
        var zooKeeper = await ConnectZooKeeperAsync(connect, timeout ?? ZooKeeperTimeout, tls);
        return new ZooKeeperStore(zooKeeper, new MetadataStore(zooKeeper, loop, host.Random, version, secureAcls, loggers));
    }

    /// <summary>Whether a host is an address, or a name that has one.</summary>
    public async Task<bool> CanResolveAsync(string host)
    {
        try
        {
            await resolver.ResolveAsync(host);
            return true;
        }
        catch (UnknownHostException)
        {
            return false;
        }
    }

    /// <summary>Why the last attempt to reach ZooKeeper failed; null where that is not known.</summary>
    public string? ZooKeeperFailure => (loggers as ToolLoggerFactory)?.ZooKeeperFailure;

    public ValueTask DisposeAsync() => close();

    private IZooKeeper StartZooKeeper(string connect, ZooKeeperTlsFile? tls)
    {
        try
        {
            return openZooKeeper(ZooKeeperConnectString.Parse(connect), tls);
        }
        catch (FormatException malformed)
        {
            throw new ToolException(malformed.Message, malformed);
        }
    }

    private async Task<T> MakeAsync<T>(ClientConfig config, string complaint, Func<T> make)
    {
        try
        {
            await BootstrapServers.RequireResolvableAsync(
                config.BootstrapServers, resolver, loggers.CreateLogger("org.apache.kafka.clients.ClientUtils"));
            return make();
        }
        catch (KafkaConfigException wrong)
        {
            throw new JavaFailure("org.apache.kafka.common.KafkaException", complaint, wrong);
        }
    }
}
