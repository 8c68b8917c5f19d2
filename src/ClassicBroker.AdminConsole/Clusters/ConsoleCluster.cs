using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Records;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>
/// The cluster as the console sees it: one admin client, producers as they are needed, and what many users look at, read at most every few
/// seconds. Owned by the <see cref="ConsoleServer"/>. Threading: any.
/// </summary>
internal sealed class ConsoleCluster : IAsyncDisposable
{
    /// <summary>For <see cref="OffsetsAsync"/>: where partitions end.</summary>
    public const long Latest = -1;

    /// <summary>For <see cref="OffsetsAsync"/>: where partitions begin.</summary>
    public const long Earliest = -2;

    private const string ApiTimeoutMs = "20000";
    private const string RequestTimeoutMs = "10000";
    private const int FindAttempts = 10;
    private const int AwaitAttempts = 100;
    private const string ProduceBytesMax = "16777216";

    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FindPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ConsoleEnvironment _environment;
    private readonly Dictionary<CompressionCodec, KafkaProducer<byte[]?, byte[]?>> _producers = [];
    private readonly Cached<ClusterDescription> _description;
    private readonly Cached<ClusterTopics> _topics;
    private readonly Cached<ClusterSizes> _sizes;
    private readonly Cached<ClusterApis> _apis;
    private readonly Cached<ClusterListing<GroupListing>> _groups;

    public ConsoleCluster(ConsoleEnvironment environment)
    {
        _environment = environment;
        Admin = new AdminClient(AdminConfig.FromProperties(Properties("admin")), environment.Network, environment.Loggers);
        var time = environment.Time;
        _description = new(time, Brief, () => Admin.DescribeClusterAsync());
        _topics = new(time, Brief, async () => new(await Admin.DescribeTopicsAsync()));
        _sizes = new(time, Long, ReadSizesAsync);
        _apis = new(time, Minute, async () => new(await Admin.DescribeApiVersionsAsync()));
        _groups = new(time, Brief, () => Admin.ListGroupsAsync());
    }

    public AdminClient Admin { get; }

    /// <summary>Reads a znode; null where there is no way to ZooKeeper.</summary>
    public Func<string, Task<ZnodeReading>>? ReadZnode => _environment.ReadZnode;

    public Task<ClusterDescription> DescriptionAsync() => _description.GetAsync();

    public Task<ClusterTopics> TopicsAsync() => _topics.GetAsync();

    public Task<ClusterSizes> SizesAsync() => _sizes.GetAsync();

    public Task<ClusterApis> ApisAsync() => _apis.GetAsync();

    public Task<ClusterListing<GroupListing>> GroupsAsync() => _groups.GetAsync();

    /// <exception cref="ApiException">There is no such topic.</exception>
    public async Task<TopicDescription> TopicAsync(string name)
    {
        return await FindTopicAsync(name, FindAttempts, _ => true) ?? throw ApiException.NotFound($"There is no topic {name}.");
    }

    /// <summary>Ends when brokers know of a topic's new partitions, and of their leaders, or after a while.</summary>
    public Task AwaitTopicAsync(string name, int partitions = 1) => FindTopicAsync(
        name,
        AwaitAttempts,
        topic => topic.Partitions.Count >= partitions && topic.Partitions.All(partition => partition.Leader >= 0));

    /// <exception cref="ApiException">The brokers do not have the API.</exception>
    public async Task RequireAsync(ApiKey api)
    {
        if (!(await ApisAsync()).Has(api))
        {
            throw new ApiException(StatusCodes.Status501NotImplemented, $"The brokers of this cluster do not serve {api}.");
        }
    }

    /// <summary>What was read before may be wrong now: something was changed.</summary>
    public void Forget()
    {
        _description.Forget();
        _topics.Forget();
        _sizes.Forget();
        _groups.Forget();
    }

    /// <summary>The offsets at which partitions begin or end, of those that have leaders which answer.</summary>
    /// <param name="partitions">The partitions.</param>
    /// <param name="timestamp">As of ListOffsets: a time, or <see cref="Latest"/> or <see cref="Earliest"/>.</param>
    /// <exception cref="KafkaException">No leader answers.</exception>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> OffsetsAsync(IEnumerable<TopicPartition> partitions, long timestamp)
    {
        var topics = await TopicsAsync();
        var wanted = partitions
            .Where(topics.HasLeader)
            .Distinct()
            .ToDictionary(partition => partition, _ => timestamp);
        var listed = (await Admin.ListOffsetsAsync(wanted)).Values.ToArray();
        if (listed.Length > 0 && listed.All(offset => offset.Failure is not null))
        {
            throw listed[0].Failure!;
        }

        return listed.Where(offset => offset.Found is not null)
            .ToDictionary(offset => offset.Partition, offset => offset.Found!.Value.Offset);
    }

    public KafkaProducer<byte[]?, byte[]?> Producer(CompressionCodec codec)
    {
        lock (_lock)
        {
            if (!_producers.TryGetValue(codec, out var producer))
            {
                var properties = Properties("producer");
                properties["max.request.size"] = ProduceBytesMax;
                properties["delivery.timeout.ms"] = ApiTimeoutMs;
                properties["max.block.ms"] = ApiTimeoutMs;
                properties["compression.type"] = codec.ToString().ToLowerInvariant();
                properties["enable.idempotence"] = "false";
                _producers[codec] = producer = new(
                    ProducerConfig.FromProperties(properties), Serdes.ByteArray, Serdes.ByteArray, _environment.Network,
                    _environment.Loggers);
            }

            return producer;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var producer in _producers.Values)
        {
            await producer.DisposeAsync();
        }

        await Admin.DisposeAsync();
    }

    /// <summary>A topic may have been created a moment ago, and the broker that was asked may not know yet.</summary>
    private async Task<TopicDescription?> FindTopicAsync(string name, int attempts, Predicate<TopicDescription> isWanted)
    {
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            if ((await TopicsAsync()).Find(name) is { } known && isWanted(known))
            {
                return known;
            }

            _topics.Forget();
            await Task.Delay(FindPause, _environment.Time);
        }

        return null;
    }

    private Dictionary<string, string> Properties(string role)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client.id"] = $"admin-console-{role}",
            ["default.api.timeout.ms"] = ApiTimeoutMs,
            ["request.timeout.ms"] = RequestTimeoutMs,
        };
        foreach (var (key, value) in _environment.ClientProperties)
        {
            properties[key] = value;
        }

        return properties;
    }

    private async Task<ClusterSizes> ReadSizesAsync()
    {
        if (!(await ApisAsync()).Has(ApiKey.DescribeLogDirs))
        {
            return ClusterSizes.Unknown;
        }

        var nodes = (await DescriptionAsync()).Nodes;
        return new(await Admin.DescribeLogDirsAsync([.. nodes.Select(node => node.Id)]));
    }
}
