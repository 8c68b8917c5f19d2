using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// The <c>num.consumer.fetchers</c> fetchers of a member, made once brokers are known, and made again where none of the brokers they began
/// with is left. Threading: the client's loop.
/// </summary>
internal sealed class FetcherSet(ZooKeeperConsumerConfig config, ClientNetwork network, ILoggerFactory? loggers) : IAsyncDisposable
{
    private StreamFetcher[] _fetchers = [];
    private SortedSet<string> _bootstrap = new(StringComparer.Ordinal);

    /// <summary>True where the fetchers can find the cluster by one of these addresses.</summary>
    public bool Knows(IReadOnlyCollection<string> addresses) => _fetchers.Length > 0 && _bootstrap.Overlaps(addresses);

    /// <summary>Takes over the addresses of the live brokers.</summary>
    public async Task UseBrokersAsync(IReadOnlyCollection<string> addresses)
    {
        if (Knows(addresses))
        {
            return;
        }

        await DisposeAsync();
        _bootstrap = new SortedSet<string>(addresses, StringComparer.Ordinal);
        _fetchers = [.. Enumerable.Range(0, config.NumConsumerFetchers).Select(_ => NewFetcher())];
    }

    public void Start(IReadOnlyCollection<PartitionClaim> claims)
    {
        for (var i = 0; i < _fetchers.Length; i++)
        {
            _fetchers[i].Start([.. claims.Where(claim => FetcherOf(claim.Partition) == i)]);
        }
    }

    public async Task StopAsync()
    {
        foreach (var fetcher in _fetchers)
        {
            await fetcher.StopAsync();
        }
    }

    public void Resume(StreamQueue stream)
    {
        foreach (var fetcher in _fetchers)
        {
            fetcher.Resume(stream);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var fetchers = _fetchers;
        _fetchers = [];
        foreach (var fetcher in fetchers)
        {
            await fetcher.DisposeAsync();
        }
    }

    /// <summary>As <c>AbstractFetcherManager.getFetcherId</c> of Kafka.</summary>
    private int FetcherOf(TopicPartition partition) =>
        JavaHash.Abs(unchecked((31 * JavaHash.OfString(partition.Topic)) + partition.Partition)) % _fetchers.Length;

    private StreamFetcher NewFetcher()
    {
        var consumer = new KafkaConsumer<byte[]?, byte[]?>(
            new ConsumerConfig
            {
                BootstrapServers = string.Join(',', _bootstrap),
                ClientId = config.ClientId ?? config.GroupId,
                AutoOffsetReset = config.AutoOffsetReset,
                RequestTimeout = config.SocketTimeout,
                ReceiveBufferBytes = config.SocketReceiveBufferBytes,
                MaxPartitionFetchBytes = config.FetchMessageMaxBytes,
                FetchMinBytes = config.FetchMinBytes,
                FetchMaxWait = config.FetchWaitMax,
                RetryBackoff = config.RefreshLeaderBackoff,
                RetryBackoffMax = config.RefreshLeaderBackoff,
                EnableAutoCommit = false,
                AllowAutoCreateTopics = false,
            },
            Serdes.ByteArray,
            Serdes.ByteArray,
            network,
            loggers);
        return new StreamFetcher(
            consumer, network.Loop, config.RefreshLeaderBackoff, config.AutoOffsetReset == AutoOffsetReset.Latest);
    }
}
