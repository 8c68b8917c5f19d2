using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
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
    Func<ZooKeeperConnectString, IZooKeeper> openZooKeeper,
    Func<ValueTask> close) : IAsyncDisposable
{
    private static readonly TimeSpan ZooKeeperTimeout = TimeSpan.FromSeconds(30);

    public AdminClient Admin(AdminConfig config) => new(config, clients, loggers);

    /// <summary>An admin client of a cluster, with what a <c>--command-config</c> file adds.</summary>
    /// <exception cref="ToolException">The file cannot be read.</exception>
    /// <exception cref="KafkaConfigException">What it says is wrong.</exception>
    public AdminClient Admin(ToolHost host, string bootstrapServers, string? commandConfig)
    {
        var properties = host.Load(commandConfig);
        properties["bootstrap.servers"] = bootstrapServers;
        return Admin(AdminConfig.FromProperties(properties));
    }

    public KafkaProducer<TKey, TValue> Producer<TKey, TValue>(
        ProducerConfig config, ISerializer<TKey> keySerializer, ISerializer<TValue> valueSerializer) =>
        new(config, keySerializer, valueSerializer, clients, loggers);

    public KafkaConsumer<TKey, TValue> Consumer<TKey, TValue>(
        ConsumerConfig config, IDeserializer<TKey> keyDeserializer, IDeserializer<TValue> valueDeserializer) =>
        new(config, keyDeserializer, valueDeserializer, clients, loggers);

    /// <summary>A session with <c>host:port,…[/chroot]</c>, connected.</summary>
    /// <exception cref="ToolException">The address is malformed, or no server could be reached within
    /// <paramref name="timeout"/>.</exception>
    public async Task<IZooKeeper> ConnectZooKeeperAsync(string connect, TimeSpan timeout, CancellationToken cancellation)
    {
        IZooKeeper zooKeeper;
        try
        {
            zooKeeper = openZooKeeper(ZooKeeperConnectString.Parse(connect));
        }
        catch (FormatException malformed)
        {
            throw new ToolException(malformed.Message, malformed);
        }

        try
        {
            await zooKeeper.WaitUntilConnectedAsync(cancellation).WaitAsync(timeout, loop.Time, cancellation);
            return zooKeeper;
        }
        catch (TimeoutException late)
        {
            await zooKeeper.CloseAsync();
            throw new ToolException($"Timed out waiting for connection while in state: CONNECTING ({connect})", late);
        }
    }

    /// <summary>What a cluster keeps in ZooKeeper, read and written without a broker.</summary>
    /// <exception cref="ToolException">ZooKeeper cannot be reached.</exception>
    public async Task<ZooKeeperStore> OpenStoreAsync(ToolHost host, string connect, MetadataVersion version)
    {
        var zooKeeper = await ConnectZooKeeperAsync(connect, ZooKeeperTimeout, host.Interrupted);
        return new ZooKeeperStore(zooKeeper, new MetadataStore(zooKeeper, loop, host.Random, version, secureAcls: false, loggers));
    }

    public ValueTask DisposeAsync() => close();
}
