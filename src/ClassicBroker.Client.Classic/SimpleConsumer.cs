using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Consumer;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// The simple consumer of Kafka 0.8 (<c>kafka.javaapi.consumer.SimpleConsumer</c>): one connection to one broker, and every step in the
/// application's hands. Errors of partitions are in the answers. <see cref="SimplePartitionReader"/> does what most applications build on
/// it: finds leaders and follows them. Safe from any thread.
/// </summary>
public sealed class SimpleConsumer : IAsyncDisposable
{
    /// <summary>Stands for the end of a partition in <see cref="GetOffsetsBeforeAsync"/>.</summary>
    public const long LatestTime = OffsetLookup.Latest;

    /// <summary>Stands for the begin of a partition in <see cref="GetOffsetsBeforeAsync"/>.</summary>
    public const long EarliestTime = OffsetLookup.Earliest;

    private const int ConsumerReplicaId = -1;

    /// <summary>The last version of Fetch that names topics.</summary>
    private const short LastVersionWithNames = 12;

    /// <summary>The version of ListOffsets that gives several offsets; Kafka 4 has dropped it.</summary>
    private const short VersionWithManyOffsets = 0;

    private readonly ConsumerConfig _config;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly BrokerSlot _broker;
    private bool _isClosed;

    /// <summary>Connects to a broker when first used.</summary>
    /// <param name="host">The broker's host.</param>
    /// <param name="port">Its port.</param>
    /// <param name="soTimeout">How long an answer may take, beyond what a fetch itself waits.</param>
    /// <param name="bufferSize">SO_RCVBUF in bytes; -1 leaves the system's.</param>
    /// <param name="clientId">Names this client in the broker's logs and quotas.</param>
    /// <param name="network">A network shared with other clients; null makes one for this consumer alone.</param>
    /// <param name="loggers">Where the consumer logs.</param>
    /// <exception cref="KafkaConfigException">The client id has characters that are not allowed.</exception>
    public SimpleConsumer(
        string host,
        int port,
        TimeSpan soTimeout,
        int bufferSize,
        string clientId,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null)
    {
        ClassicNames.Require("clientId", clientId);
        (Host, Port) = (host, port);
        _config = new ConsumerConfig { ClientId = clientId, RequestTimeout = soTimeout, ReceiveBufferBytes = bufferSize };
        _ownsNetwork = network is null;
        _network = network ?? ClientNetwork.Open(loggers);
        _broker = new BrokerSlot(
            -1,
            new BrokerAddress(host, port),
            _config,
            _network.Connector,
            _network.Loop,
            new ExponentialBackoff(_config.ReconnectBackoff, _config.ReconnectBackoffMax, _network.Random),
            (loggers ?? NullLoggerFactory.Instance).CreateLogger("kafka.consumer.SimpleConsumer"));
    }

    /// <summary>The broker's host.</summary>
    public string Host { get; }

    /// <summary>The broker's port.</summary>
    public int Port { get; }

    /// <summary>Messages of a partition from an offset on.</summary>
    /// <param name="partition">The partition, which the broker is to lead.</param>
    /// <param name="offset">Of the first message wanted.</param>
    /// <param name="fetchSize">Most bytes to answer with; a first batch that is larger comes whole.</param>
    /// <param name="maxWait">How long the broker waits for <paramref name="minBytes"/>; null for not at all.</param>
    /// <param name="minBytes">Bytes it waits for.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaException">The broker cannot be reached, or its answer is corrupt.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public async Task<FetchedMessages> FetchAsync(
        TopicPartition partition,
        long offset,
        int fetchSize,
        TimeSpan? maxWait = null,
        int minBytes = 0,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var wait = maxWait ?? TimeSpan.Zero;
        var request = new FetchRequest
        {
            ReplicaId = ConsumerReplicaId,
            MaxWaitMs = (int)wait.TotalMilliseconds,
            MinBytes = minBytes,
            MaxBytes = int.MaxValue,
            SessionEpoch = -1,
            Topics =
            [
                new FetchRequest.FetchTopic
                {
                    Topic = partition.Topic,
                    Partitions =
                    [
                        new FetchRequest.FetchPartition
                        {
                            Partition = partition.Partition, FetchOffset = offset, PartitionMaxBytes = fetchSize,
                        },
                    ],
                },
            ],
        };
        return await OnLoopAsync(
            async () =>
            {
                using var answer = await _broker.SendAsync<FetchRequest, FetchResponse>(
                    request, _config.RequestTimeout + wait, LastVersionWithNames);
                var data = answer.Message.Responses.SelectMany(topic => topic.Partitions).FirstOrDefault();
                return data is null
                    ? new FetchedMessages(answer.Message.ErrorCode, -1, [])
                    : Decode(partition, offset, data);
            },
            cancellation);
    }

    /// <summary>
    /// Offsets before a time, newest first: the begins of the partition's segments that were last written before it. The first one of
    /// <see cref="LatestTime"/> is the end, and that of <see cref="EarliestTime"/> the begin.
    /// </summary>
    /// <param name="partition">The partition, which the broker is to lead.</param>
    /// <param name="time">Milliseconds since 1970, <see cref="LatestTime"/> or <see cref="EarliestTime"/>.</param>
    /// <param name="maxOffsets">Most offsets to answer with.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaException">
    /// The broker cannot be reached or refuses; <see cref="KafkaException.Code"/> says why. Kafka 4 knows <see cref="LatestTime"/> and
    /// <see cref="EarliestTime"/> only.
    /// </exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyList<long>> GetOffsetsBeforeAsync(
        TopicPartition partition, long time, int maxOffsets = 1, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxOffsets);
        ArgumentOutOfRangeException.ThrowIfLessThan(time, EarliestTime);
        return OnLoopAsync(
            async () =>
            {
                // Only two times mean the same in all versions.
                var isSpecial = time < 0 && maxOffsets == 1;
                var answer = await _broker.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(
                    OffsetsRequest(partition, time, maxOffsets),
                    _config.RequestTimeout,
                    isSpecial ? short.MaxValue : VersionWithManyOffsets);
                var data = answer.Message.Topics.SelectMany(topic => topic.Partitions).First();
                if (data.ErrorCode != ErrorCode.None)
                {
                    throw Refusal(data.ErrorCode, "ListOffsets", partition);
                }

                return (IReadOnlyList<long>)(data.OldStyleOffsets.Length > 0 || !isSpecial ? data.OldStyleOffsets : [data.Offset]);
            },
            cancellation);
    }

    /// <summary>Who leads a partition, as this broker knows it. No topic is created by asking.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaException">The broker cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<LeaderOfPartition> FindLeaderAsync(TopicPartition partition, CancellationToken cancellation = default) =>
        OnLoopAsync(
            async () =>
            {
                var request = ClusterMetadata.Question([partition.Topic], mayCreateTopics: false);
                var answer = await _broker.SendAsync<MetadataRequest, MetadataResponse>(request, _config.RequestTimeout);
                return Leader(ClusterMetadata.Empty.With(answer.Message), partition);
            },
            cancellation);

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        await _network.Loop.InvokeAsync(() =>
        {
            _broker.Close();
            return Task.CompletedTask;
        });
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private Task<T> OnLoopAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _network.Loop.InvokeAsync(work).WaitAsync(cancellation);
    }

    private KafkaException Refusal(ErrorCode code, string api, TopicPartition partition) =>
        new(code, $"{partition}: {ErrorDescriptions.Describe(code)}", api: api)
        {
            BrokerAddress = _broker.Address.ToString(),
            TopicPartition = partition,
        };

    private static ListOffsetsRequest OffsetsRequest(TopicPartition partition, long time, int maxOffsets) => new()
    {
        ReplicaId = ConsumerReplicaId,
        Topics =
        [
            new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = partition.Topic,
                Partitions =
                [
                    new ListOffsetsRequest.ListOffsetsPartition
                    {
                        PartitionIndex = partition.Partition, Timestamp = time, MaxNumOffsets = maxOffsets,
                    },
                ],
            },
        ],
    };

    private static LeaderOfPartition Leader(ClusterMetadata metadata, TopicPartition partition)
    {
        if (metadata.Partition(partition) is not { } found)
        {
            var error = metadata.Topic(partition.Topic)?.Error ?? ErrorCode.None;
            return new LeaderOfPartition(error == ErrorCode.None ? ErrorCode.UnknownTopicOrPartition : error, -1, "", -1, []);
        }

        var leader = metadata.Node(found.LeaderId);
        return new LeaderOfPartition(
            leader is null ? ErrorCode.LeaderNotAvailable : ErrorCode.None,
            leader?.Id ?? -1,
            leader?.Host ?? "",
            leader?.Port ?? -1,
            [.. found.Replicas.Select(metadata.Node).OfType<BrokerNode>().Select(node => (node.Host, node.Port))]);
    }

    private FetchedMessages Decode(TopicPartition partition, long offset, FetchResponse.PartitionData data)
    {
        if (data.ErrorCode != ErrorCode.None || data.Records.Length == 0)
        {
            return new FetchedMessages(data.ErrorCode, data.ErrorCode == ErrorCode.None ? data.HighWatermark : -1, []);
        }

        List<ConsumerRecord<byte[]?, byte[]?>> messages = [];
        var decoder = new RecordDecoder<byte[]?, byte[]?>(_config, Serdes.ByteArray, Serdes.ByteArray);
        using var fetch = new CompletedFetch(
            new AssignedPartition(partition), 0, offset, data.Records.Memory, [], new SharedMemory(null, 1));
        decoder.Start(fetch);
        while (decoder.DecodeBatch(messages))
        {
        }

        if (decoder.NextOffset == offset)
        {
            throw Refusal(ErrorCode.MessageTooLarge, "Fetch", partition);
        }

        return new FetchedMessages(ErrorCode.None, data.HighWatermark, messages) { NextOffset = decoder.NextOffset };
    }
}
