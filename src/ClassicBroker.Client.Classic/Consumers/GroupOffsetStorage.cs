using ClassicBroker.Metadata.Stores;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// The offsets of a group of 0.8: in ZooKeeper, with its coordinator, or in both, where the larger one counts. Threading: the client's
/// loop.
/// </summary>
internal sealed class GroupOffsetStorage(
    ZooKeeperConsumerConfig config, ConsumerOffsetStore znodes, ClientNetwork network, ILoggerFactory? loggers) : IAsyncDisposable
{
    private KafkaConsumer<byte[]?, byte[]?>? _channel;
    private SortedSet<string> _bootstrap = new(StringComparer.Ordinal);

    /// <summary>Takes over the addresses of the live brokers, one of which is the coordinator.</summary>
    public async Task UseBrokersAsync(IReadOnlyCollection<string> addresses)
    {
        if (!config.CommitsToKafka || (_channel is not null && _bootstrap.Overlaps(addresses)))
        {
            return;
        }

        await DisposeAsync();
        _bootstrap = new SortedSet<string>(addresses, StringComparer.Ordinal);
        _channel = NewChannel();
    }

    /// <summary>What the group committed; null where it did not.</summary>
    /// <exception cref="KafkaException">The coordinator refuses, or did not answer in time.</exception>
    public async Task<SortedDictionary<TopicPartition, long?>> ReadAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        var offsets = new SortedDictionary<TopicPartition, long?>();
        foreach (var partition in partitions)
        {
            offsets[partition] = null;
        }

        if (config.CommitsToZooKeeper)
        {
            var found = await partitions.Select(partition => znodes.GetAsync(config.GroupId, partition)).AwaitAllAsync();
            foreach (var (partition, offset) in partitions.Zip(found))
            {
                offsets[partition] = offset is >= 0 ? offset : null;
            }
        }

        if (config.CommitsToKafka && partitions.Count > 0)
        {
            foreach (var (partition, committed) in await Channel().CommittedAsync(partitions))
            {
                offsets[partition] = Math.Max(committed.Offset, offsets[partition] ?? PartitionClaim.Unknown);
            }
        }

        return offsets;
    }

    /// <exception cref="KafkaException">The coordinator refuses, or did not answer in time.</exception>
    public async Task CommitAsync(IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        if (config.CommitsToKafka)
        {
            await Channel().CommitAsync(offsets.ToDictionary(pair => pair.Key, pair => new OffsetAndMetadata(pair.Value)));
        }

        if (config.CommitsToZooKeeper)
        {
            await offsets.Select(pair => znodes.SetOrCreateAsync(config.GroupId, pair.Key, pair.Value)).AwaitAllAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            _channel = null;
            await channel.DisposeAsync();
        }
    }

    private KafkaConsumer<byte[]?, byte[]?> Channel() => _channel ?? throw new KafkaException(
        ErrorCode.CoordinatorNotAvailable, $"No broker is known yet that could keep the offsets of group {config.GroupId}");

    private KafkaConsumer<byte[]?, byte[]?> NewChannel() => new(
        new ConsumerConfig
        {
            BootstrapServers = string.Join(',', _bootstrap),
            ClientId = config.ClientId ?? config.GroupId,
            GroupId = config.GroupId,
            EnableAutoCommit = false,
            AllowAutoCreateTopics = false,
            RequestTimeout = config.OffsetsChannelSocketTimeout,
            DefaultApiTimeout = config.OffsetsChannelSocketTimeout + (2 * config.OffsetsChannelBackoff),
            RetryBackoff = config.OffsetsChannelBackoff,
            RetryBackoffMax = config.OffsetsChannelBackoff,
        },
        Serdes.ByteArray,
        Serdes.ByteArray,
        network,
        loggers);
}
