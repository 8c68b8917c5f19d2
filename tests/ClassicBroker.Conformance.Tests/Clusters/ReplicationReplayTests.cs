using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// What Kafka 3.9.2 answers, on three brokers, to fetches of leaders and followers with old, right and future epochs, to the controller's
/// requests with stale ones, and to AlterPartition: the requests made by hand at the end of a recorded life, on partitions with the same
/// leaders, epochs and versions as then.
/// </summary>
public sealed class ReplicationReplayTests(ITestOutputHelper output)
{
    private const string Repeated = "rep";
    private const int ControllerEpoch = 12;

    /// <summary>The wall clock at the beginning of the recording.</summary>
    private const long BeganAtMs = 1_795_901_691_000;

    /// <summary>The partitions as they were: leader, its epoch, the version of the state, replicas.</summary>
    private static readonly (string Topic, int Leader, int Epoch, int Version, int[] Replicas)[] Partitions =
    [
        ("__consumer_offsets", 0, 6, 10, [0, 1, 2]),
        ("byhand", 0, 19, 29, [0, 1]),
        ("flipped", 0, 19, 29, [0, 1]),
        ("halfmade", 1, 4, 6, [1, 2]),
        ("halfmade", 2, 3, 5, [2, 0]),
        ("made", 2, 6, 9, [2, 0]),
        ("mover", 2, 34, 51, [2, 0]),
        ("moving", 0, 24, 35, [0, 2]),
        ("reborn", 0, 2, 2, [0, 1]),
        (Repeated, 2, 31, 52, [2, 1, 0]),
        (Repeated, 1, 25, 46, [1, 2, 0]),
        (Repeated, 2, 26, 47, [2, 0, 1]),
        (Repeated, 2, 13, 25, [2, 1, 0]),
        (Repeated, 0, 10, 18, [0, 2, 1]),
        ("solo", 0, 10, 10, [0]),
        ("solo", 1, 13, 13, [1]),
        ("solo", 2, 15, 15, [2]),
        ("solo", 2, 15, 15, [2]),
        ("strict", 0, 20, 30, [0, 1]),
        ("strict", 1, 9, 16, [1, 2]),
        ("unclean", 0, 19, 29, [0, 1]),
    ];

    /// <summary>The epochs of the first partition, and how many records were written in each.</summary>
    private static readonly (int Epoch, int Records)[] History = [(0, 12), (2, 3), (3, 4), (4, 5), (8, 4), (10, 2)];

    private readonly ConformanceReport _report = new("replication");

    [Fact]
    public void Answers_are_those_of_kafka()
    {
        var cluster = NewCluster();
        WriteHistory(cluster);
        var number = 0;
        var topic = "";
        foreach (var partition in Partitions)
        {
            number = partition.Topic == topic ? number + 1 : 0;
            topic = partition.Topic;
            SetState(cluster, new(topic, number), partition.Leader, partition.Epoch, partition.Replicas, partition.Version);
        }

        do
        {
            Fail(cluster, ControllerEpoch);
        }
        while (cluster.Controller.Id != 0);
        cluster.Pass(TimeSpan.FromSeconds(2));

        var replay = new ClusterReplay(cluster, _report, Render) { Began = DateTimeOffset.FromUnixTimeMilliseconds(BeganAtMs) };
        foreach (var (broker, epoch) in ((int, long)[])[(0, 1085), (1, 1170), (2, 1266)])
        {
            replay.Ids.BrokerEpochs[broker] = (epoch, cluster.ZooKeeper.Stat($"/brokers/ids/{broker}")!.Value.Czxid);
        }

        foreach (var (name, id) in ((string, string)[])[(Repeated, "G3MNpjxTQGO4WBoHqzmg8Q"), ("byhand", "VsZPnhIUTBeQ_r0cBNcyYw"), ("solo", "X0YCDdvcSpmnmq16M6_gyQ")])
        {
            replay.Ids.RecordedTopics[Uuid.TryParse(id, out var parsed) ? parsed : throw new FormatException(id)] = name;
        }

        replay.Ids.OwnTopic = name => cluster.Assignment(name).TopicId;
        replay.Play(TimedRecording.Phases(TimedRecording.Replication));
        _report.Verify(output);
    }

    private static SimulatedCluster NewCluster()
    {
        var cluster = new SimulatedCluster(
            1,
            3,
            "broker.rack=rack$id",
            "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
            "auto.leader.rebalance.enable=false",
            "auto.create.topics.enable=false",
            "log.retention.ms=-1");
        foreach (var topic in Partitions.GroupBy(partition => partition.Topic))
        {
            var created = cluster.Connect(cluster.Controller.Id).Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
            {
                TimeoutMs = 30_000,
                Topics =
                [
                    new()
                    {
                        Name = topic.Key,
                        NumPartitions = -1,
                        ReplicationFactor = -1,
                        Assignments =
                        [
                            .. topic.Select((partition, index) => new CreateTopicsRequest.CreatableReplicaAssignment
                            {
                                PartitionIndex = index,
                                BrokerIds = partition.Replicas,
                            }),
                        ],
                        Configs = topic.Key == Repeated ? [new() { Name = "min.insync.replicas", Value = "2" }] : [],
                    },
                ],
            });
            Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        }

        cluster.Pass(TimeSpan.FromSeconds(1));
        return cluster;
    }

    /// <summary>Gives the first partition the epochs it had, and then cuts off its beginning; and some records to those that were asked of.</summary>
    private static void WriteHistory(SimulatedCluster cluster)
    {
        var partition = new TopicPartition(Repeated, 0);
        foreach (var (epoch, records) in History)
        {
            if (epoch > 0)
            {
                SetState(cluster, partition, 2, epoch, [2, 1, 0], version: 0);
                Fail(cluster, epoch);
            }

            Write(cluster, partition, records);
        }

        Write(cluster, new("byhand", 0), 10);
        Write(cluster, new("solo", 0), 3);
        cluster.Connect(2).Ask<DeleteRecordsRequest, DeleteRecordsResponse>(new()
        {
            TimeoutMs = 10_000,
            Topics = [new() { Name = Repeated, Partitions = [new() { PartitionIndex = 0, Offset = 12 }] }],
        });
        cluster.Pass(TimeSpan.FromSeconds(2));
    }

    private static void Write(SimulatedCluster cluster, TopicPartition partition, int records)
    {
        using var builder = new RecordBatchBuilder();
        for (var record = 0; record < records; record++)
        {
            builder.Append(cluster.Broker(0).Clock.GetUtcNow().ToUnixTimeMilliseconds(), null, "vvvvvvvvvvvvvvvv"u8);
        }

        var produced = cluster.Connect(cluster.LeaderOf(partition)).Ask<ProduceRequest, ProduceResponse>(
            new()
            {
                Acks = -1,
                TimeoutMs = 20_000,
                TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = builder.Build().ToArray() }] }],
            });
        Assert.Equal(ErrorCode.None, produced.Responses[0].PartitionResponses[0].ErrorCode);
        cluster.Pass(TimeSpan.FromMilliseconds(10));
    }

    /// <summary>What a controller finds that begins: the state with its version.</summary>
    private static void SetState(SimulatedCluster cluster, TopicPartition partition, int leader, int epoch, int[] isr, int version)
    {
        var path = $"/brokers/topics/{partition.Topic}/partitions/{partition.Partition}/state";
        var state = $$"""{"controller_epoch":1,"leader":{{leader}},"version":1,"leader_epoch":{{epoch}},"isr":[{{string.Join(',', isr.Order())}}]}""";
        do
        {
            cluster.ZooKeeper.Put(path, state);
        }
        while (cluster.ZooKeeper.Stat(path)!.Value.Version < version);
    }

    /// <summary>The next controller has this epoch.</summary>
    private static void Fail(SimulatedCluster cluster, int epoch)
    {
        cluster.ZooKeeper.Put("/controller_epoch", $"{epoch - 1}");
        cluster.ZooKeeper.Remove("/controller");
        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Until(() => cluster.Running.Count(broker => broker.Server.IsController) == 1, "another controller");
    }

    /// <summary>Times and addresses are not rules, nor which of the replicas in sync reads last.</summary>
    private static string? Render(string field, object? value, RecordedIds ids) =>
        field switch
        {
            "Host" or "Port" or "ThrottleTimeMs" or "ClusterId" => null,
            "LogAppendTimeMs" or "SessionId" or "Timestamp" when value is IConvertible number =>
                number.ToInt64(null) switch { < 0 => MessageTree.Plain(number), 0 => "none", _ => "some" },
            _ => MessageTree.Plain(value),
        };
}
