using ClassicBroker.Client;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Tools;

/// <summary>
/// What a tool reaches other machines by: clients of a cluster, and sessions with ZooKeeper. Threading: used by one tool.
/// </summary>
internal sealed class ToolNetwork(
    ClientNetwork clients, ILoggerFactory loggers, Func<string, TimeSpan, IZooKeeper> openZooKeeper) : IAsyncDisposable
{
    public AdminClient Admin(AdminConfig config) => new(config, clients, loggers);

    public KafkaProducer<TKey, TValue> Producer<TKey, TValue>(
        ProducerConfig config, ISerializer<TKey> keySerializer, ISerializer<TValue> valueSerializer) =>
        new(config, keySerializer, valueSerializer, clients, loggers);

    public KafkaConsumer<TKey, TValue> Consumer<TKey, TValue>(
        ConsumerConfig config, IDeserializer<TKey> keyDeserializer, IDeserializer<TValue> valueDeserializer) =>
        new(config, keyDeserializer, valueDeserializer, clients, loggers);

    /// <summary>Starts a session with <c>host:port,…[/chroot]</c>; it is connected once <see cref="IZooKeeper.WaitUntilConnectedAsync"/> says so.</summary>
    public IZooKeeper ZooKeeper(string connect, TimeSpan sessionTimeout) => openZooKeeper(connect, sessionTimeout);

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
