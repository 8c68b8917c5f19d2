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

    private const int AfterExpiry = 27;

    private readonly ConformanceReport _report = new("transactions");

    [Fact]
    public void Answers_are_those_of_kafka()
    {
        PlayByHand();
        PlayOffsets();
        PlayExhaustion();
        PlayMovedCoordinator();
        foreach (var _ in TimedRecording.Phases(TimedRecording.Transactions, AfterExpiry))
        {
            _report.LeftOut("after a restart with expiry: the transaction that was left open before was not kept");
        }

        _report.Verify(output);
    }

    private void PlayByHand()
    {
        var recorded = TimedRecording.Phases(
            TimedRecording.Transactions, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25);
        var cluster = NewTwoBrokers(groupCoordinator: 0);
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
        NewReplay(NewTwoBrokers(groupCoordinator: 1)).Play(recorded);
    }

    /// <summary>Epochs of a producer come to their end: then it gets another id. The way up there was not recorded.</summary>
    private void PlayExhaustion()
    {
        const string phase = "02-epoch-exhaustion-while-ongoing";
        var cluster = NewCluster(1);
        Create(cluster, "__transaction_state", [[0]], ("cleanup.policy", "compact"));
        Create(cluster, "tx", [[0]]);
        cluster.Pass(TimeSpan.FromSeconds(1));
        var replay = NewReplay(cluster, hold: null);
        replay.Before["01-epoch-exhaustion-by-init-with-id-and-epoch#3"] = () => Climb(cluster, "exhaust-2", 32_764);
        replay.Before[$"{phase}#2"] = () => Climb(cluster, "exhaust-3", 32_765);
        replay.Before[$"{phase}#12"] = () => Climb(cluster, "exhaust-4", 32_766);
        foreach (var (settled, wait) in ((string, double)[])[($"{phase}#5", 1), ($"{phase}#15", 1)])
        {
            replay.Before[settled] = () => cluster.Pass(TimeSpan.FromSeconds(wait));
        }

        replay.Play(TimedRecording.Phases(TimedRecording.Exhaustion));
    }

    /// <summary>
    /// A coordinator dies when it has decided to commit and one leader, which is paused, has no marker: the next coordinator goes on with it.
    /// </summary>
    private void PlayMovedCoordinator()
    {
        var cluster = NewCluster(3);
        Create(cluster, "__transaction_state", [[0, 2]], ("cleanup.policy", "compact"));
        Create(cluster, "mv", [[1], [2]]);
        new ClusterLife(cluster).RemoveController(nextController: 2);
        var replay = NewReplay(cluster, hold: null);
        replay.Before["01-coordinator-dies-at-prepare-commit#6"] = () => cluster.Broker(1).Pause(true);
        replay.Before["02-the-next-coordinator#1"] = () => cluster.Broker(0).Kill();
        replay.Before["02-the-next-coordinator#10"] = () =>
        {
            cluster.Broker(1).Pause(false);
            cluster.Pass(TimeSpan.FromSeconds(3));
        };
        replay.Before["03-the-old-coordinator-returns#1"] = () =>
        {
            cluster.Broker(0).Start();
            cluster.Pass(TimeSpan.FromSeconds(3));
        };
        replay.Play(TimedRecording.Phases(TimedRecording.MovedCoordinator));
    }

    /// <summary>Has a producer begin again and again, until its epoch is this.</summary>
    private static void Climb(SimulatedCluster cluster, string id, short epoch)
    {
        var client = cluster.Connect(0);
        cluster.Await(ClimbAsync(), $"epoch {epoch} of {id}");

        async Task ClimbAsync()
        {
            InitProducerIdResponse begun;
            do
            {
                begun = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = id, TransactionTimeoutMs = 60_000 });
                Assert.Equal(ErrorCode.None, begun.ErrorCode);
            }
            while (begun.ProducerEpoch < epoch);
        }
    }

    private static void HoldByName(ClusterReplay replay, bool isHeld)
    {
        replay.Hold!(isHeld);
        replay.IsHeld = isHeld;
    }

    private ClusterReplay NewReplay(SimulatedCluster cluster) => NewReplay(cluster, isHeld => cluster.Broker(0).Pause(isHeld));

    private ClusterReplay NewReplay(SimulatedCluster cluster, Action<bool>? hold)
    {
        var replay = new ClusterReplay(cluster, _report, Render)
        {
            Began = DateTimeOffset.FromUnixTimeMilliseconds(BeganAtMs),
            Hold = hold,
        };
        foreach (var exchange in RecordingArchive.Read("kafka-3.9-transactions"))
        {
            LearnTopics(replay.Ids, exchange);
        }

        replay.Ids.OwnTopic = name => cluster.ZooKeeper.Text($"/brokers/topics/{name}") is null ? null : cluster.Assignment(name).TopicId;
        foreach (var (broker, recorded) in ((int, long)[])[(0, 26), (1, 46)])
        {
            if (broker >= cluster.Brokers.Count)
            {
                continue;
            }

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

    private static SimulatedCluster NewTwoBrokers(int groupCoordinator)
    {
        var cluster = NewCluster(2);
        Create(cluster, "__transaction_state", [[1]], ("cleanup.policy", "compact"));
        Create(cluster, "__consumer_offsets", [[groupCoordinator]], ("cleanup.policy", "compact"));
        Create(cluster, "in", [[0]]);
        foreach (var topic in (string[])["tx", "err", "ver"])
        {
            Create(cluster, topic, [[0], [1]]);
        }

        cluster.Pass(TimeSpan.FromSeconds(1));
        return cluster;
    }

    private static SimulatedCluster NewCluster(int brokers) => new(
        1,
        brokers,
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

    private static void Create(SimulatedCluster cluster, string topic, int[][] replicas, params (string Name, string Value)[] configs)
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
                        .. replicas.Select((brokers, partition) => new CreateTopicsRequest.CreatableReplicaAssignment
                        {
                            PartitionIndex = partition,
                            BrokerIds = brokers,
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
