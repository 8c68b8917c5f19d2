using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Every answer and every error of transactions as Kafka 3.9.2 gave them, request by request, on two brokers: broker 1 coordinates
/// transactions, broker 0 groups; of the topics partition 0 is on broker 0 and partition 1 on broker 1.
/// </summary>
public sealed class TransactionReplayTests(ITestOutputHelper output)
{
    /// <summary>The wall clock at the beginning of the recording.</summary>
    private const long BeganAtMs = 1_795_901_622_347;

    private readonly ConformanceReport _report = new("transactions");

    [Fact]
    public void Answers_are_those_of_kafka()
    {
        PlayByHand();
        PlayOffsets();
        _report.Verify(output);
    }

    private void PlayByHand()
    {
        var recorded = TimedRecording.Phases(
            TimedRecording.Transactions, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25);
        var cluster = NewCluster(groupCoordinator: 0);
        var replay = NewReplay(cluster);
        foreach (var held in (string[])["16-raw-prepare-commit-held#4", "18-raw-prepare-epoch-fence#4"])
        {
            replay.Before[held] = () => HoldByName(replay, isHeld: true);
        }

        foreach (var released in (string[])["16-raw-prepare-commit-held#38", "18-raw-prepare-epoch-fence#13"])
        {
            replay.Before[released] = () =>
            {
                HoldByName(replay, isHeld: false);
                cluster.Pass(TimeSpan.FromSeconds(1));
            };
        }

        replay.Play(recorded);
    }

    /// <summary>Recorded in a run of its own, in which producer ids start again and broker 1 coordinates groups, too.</summary>
    private void PlayOffsets()
    {
        var recorded = TimedRecording.Phases(TimedRecording.Transactions, 12);
        NewReplay(NewCluster(groupCoordinator: 1)).Play(recorded);
    }

    private static void HoldByName(ClusterReplay replay, bool isHeld)
    {
        replay.Hold!(isHeld);
        replay.IsHeld = isHeld;
    }

    private ClusterReplay NewReplay(SimulatedCluster cluster)
    {
        var replay = new ClusterReplay(cluster, _report, Render)
        {
            Began = DateTimeOffset.FromUnixTimeMilliseconds(BeganAtMs),
            Hold = isHeld => cluster.Broker(0).Pause(isHeld),
        };
        foreach (var exchange in RecordingArchive.Read("kafka-3.9-transactions"))
        {
            LearnTopics(replay.Ids, exchange);
        }

        replay.Ids.OwnTopic = name => cluster.ZooKeeper.Text($"/brokers/topics/{name}") is null ? null : cluster.Assignment(name).TopicId;
        foreach (var (broker, recorded) in (Dictionary<int, long>)new() { [0] = 26, [1] = 46 })
        {
            replay.Ids.BrokerEpochs[broker] = (recorded, cluster.ZooKeeper.Stat($"/brokers/ids/{broker}")!.Value.Czxid);
        }

        return replay;
    }

    private static void LearnTopics(RecordedIds ids, RecordedExchange exchange)
    {
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(2));
        if (exchange.Response is { } frame
            && ApiCatalog.TryGet(BinaryPrimitives.ReadInt16BigEndian(exchange.Request), out var api)
            && api.Key == ApiKey.Metadata
            && api.Supports(version)
            && ReplayedBroker.Decode(api, version, frame) is MetadataResponse metadata)
        {
            foreach (var topic in metadata.Topics.Where(topic => topic.Name is not null && !topic.TopicId.IsZero))
            {
                ids.RecordedTopics[topic.TopicId] = topic.Name!;
            }
        }
    }

    private static SimulatedCluster NewCluster(int groupCoordinator)
    {
        var cluster = new SimulatedCluster(
            1,
            2,
            "transaction.abort.timed.out.transaction.cleanup.interval.ms=10",
            "group.initial.rebalance.delay.ms=0",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "transaction.state.log.num.partitions=1",
            "log.cleaner.enable=false",
            "log.index.size.max.bytes=4096",
            "log.retention.ms=-1");
        Create(cluster, "__transaction_state", [1], ("cleanup.policy", "compact"));
        Create(cluster, "__consumer_offsets", [groupCoordinator], ("cleanup.policy", "compact"));
        Create(cluster, "in", [0]);
        foreach (var topic in (string[])["tx", "err", "ver"])
        {
            Create(cluster, topic, [0, 1]);
        }

        cluster.Pass(TimeSpan.FromSeconds(1));
        return cluster;
    }

    private static void Create(SimulatedCluster cluster, string topic, int[] leaders, params (string Name, string Value)[] configs)
    {
        var created = cluster.Connect(cluster.Controller.Id).Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
        {
            TimeoutMs = 30_000,
            Topics =
            [
                new()
                {
                    Name = topic,
                    NumPartitions = -1,
                    ReplicationFactor = -1,
                    Assignments =
                    [
                        .. leaders.Select((leader, partition) => new CreateTopicsRequest.CreatableReplicaAssignment
                        {
                            PartitionIndex = partition,
                            BrokerIds = [leader],
                        }),
                    ],
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
    }

    /// <summary>Times, addresses and sizes are not rules; how far a transaction that ends has come is chance.</summary>
    private static string? Render(string field, object? value, RecordedIds ids) =>
        field switch
        {
            "Host" or "Port" or "ThrottleTimeMs" or "ClusterId" => null,
            "TransactionStartTimeMs" or "LastTimestamp" or "Timestamp" or "LogAppendTimeMs" or "SessionId" when value is IConvertible number =>
                number.ToInt64(null) switch { < 0 => MessageTree.Plain(number), 0 => "none", _ => "some" },
            _ => MessageTree.Plain(value),
        };
}
