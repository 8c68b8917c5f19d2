using System.Globalization;
using System.Text.Json;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// What happens to a simulated cluster of three brokers in a recorded life, in the words of its script. Which broker becomes the
/// controller is chance; the script says which one was. Threading: one test.
/// </summary>
internal sealed class ClusterLife(SimulatedCluster cluster)
{
    public const sbyte Preferred = 0;
    public const sbyte Unclean = 1;
    public const sbyte OfTopic = 2;
    public const sbyte OfBroker = 4;

    private const string Rate = "replication.throttled.rate";
    private const string Throttled = "replication.throttled.replicas";
    private const int TimeoutMs = 30_000;

    /// <summary>As the cluster is configured, and a moment for followers to learn of them.</summary>
    private static readonly TimeSpan HighWatermarkInterval = TimeSpan.FromSeconds(1.6);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AlmostASession = TimeSpan.FromSeconds(5.9);
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(6.2);

    private readonly HashSet<int> _stopped = [];

    public SimulatedCluster Cluster => cluster;

    private SimulatedClient Controller => cluster.Connect(cluster.Controller.Id);

    /// <summary>Gives ISRs the time to fill, and deletions to end.</summary>
    public void Settle() => cluster.Pass(Settling);

    public void Create(string topic, int[][] replicas, params (string Name, string Value)[] configs)
    {
        var answer = Controller.Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
        {
            TimeoutMs = TimeoutMs,
            Topics =
            [
                new()
                {
                    Name = topic,
                    NumPartitions = -1,
                    ReplicationFactor = -1,
                    Assignments =
                    [
                        .. replicas.Select((brokers, index) => new CreateTopicsRequest.CreatableReplicaAssignment
                        {
                            PartitionIndex = index, BrokerIds = brokers,
                        }),
                    ],
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode);
    }

    /// <summary>Writes a batch to each, and waits until the high watermarks are on the disks.</summary>
    public void Write(int records, params (string Topic, int Partition)[] partitions)
    {
        foreach (var (topic, partition) in partitions)
        {
            Write(topic, partition, records);
        }

        cluster.Pass(HighWatermarkInterval);
    }

    /// <summary>Writes records of a kilobyte to the first partition, ten a batch.</summary>
    public void WriteKilobytes(string topic, int count)
    {
        for (var written = 0; written < count; written += 10)
        {
            cluster.Await(BeginWrite(topic, 0, 10, size: 1000));
        }
    }

    /// <summary>
    /// The leader of a first partition writes records that no other gets, and dies: fetches that wait are answered before the write.
    /// </summary>
    public void WriteAloneAndDie(int leader, string topic, int records, int? nextController)
    {
        var others = cluster.Brokers.Where(broker => broker.Id != leader).ToList();
        others.ForEach(broker => broker.Pause(true));
        cluster.Pass(TimeSpan.FromSeconds(1));
        cluster.Await(BeginWrite(topic, 0, records, acks: 1));
        cluster.Broker(leader).Kill();
        others.ForEach(broker => broker.Pause(false));
        EndOfSession(nextController);
    }

    /// <summary>Writes one batch to the leader, acknowledged by all in sync.</summary>
    public void Write(string topic, int partition, int records) => cluster.Await(BeginWrite(topic, partition, records), $"a write to {topic}-{partition}");

    /// <inheritdoc cref="Write"/>
    /// <returns>Ends when it is acknowledged.</returns>
    public async Task BeginWrite(string topic, int partition, int records, short acks = -1, int size = 16)
    {
        using var builder = new RecordBatchBuilder();
        for (var record = 0; record < records; record++)
        {
            builder.Append(cluster.Broker(0).Clock.GetUtcNow().ToUnixTimeMilliseconds(), null, new byte[size]);
        }

        var leader = cluster.Connect(cluster.LeaderOf(new(topic, partition)));
        var answer = await leader.AskAsync<ProduceRequest, ProduceResponse>(
            new()
            {
                Acks = acks,
                TimeoutMs = TimeoutMs,
                TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = builder.Build().ToArray() }] }],
            },
            7);
        Assert.Equal(ErrorCode.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
    }

    /// <summary>SIGKILL, and the end of the session; the next controller where the lost one was it.</summary>
    public void Kill(int broker, int? nextController = null)
    {
        cluster.Broker(broker).Kill();
        EndOfSession(nextController);
    }

    /// <summary>Waits for the end of the session of a process that has just been killed.</summary>
    public void EndOfSession(int? nextController)
    {
        if (nextController is { } next)
        {
            cluster.Pass(AlmostASession);
            Elect(next, () => cluster.Until(() => ControllerId == next, "the next controller"));
        }
        else
        {
            cluster.Pass(Session);
        }

        Settle();
    }

    /// <summary>SIGSTOP, for longer than the session lasts.</summary>
    public void PauseBeyondSession(int broker, int nextController)
    {
        _stopped.Add(broker);
        cluster.Broker(broker).Pause(true);
        cluster.Pass(AlmostASession);
        ExpireSession(broker, nextController);
    }

    /// <summary>SIGCONT.</summary>
    public void Resume(int broker)
    {
        _stopped.Remove(broker);
        cluster.Broker(broker).Pause(false);
        Settle();
    }

    public void ExpireSession(int broker, int? nextController = null)
    {
        void Expire() => cluster.Broker(broker).Session!.Expire();
        if (nextController is { } next)
        {
            Elect(next, () =>
            {
                Expire();
                cluster.Until(() => ControllerId == next, "the next controller");
            });
        }
        else
        {
            Expire();
        }

        Settle();
    }

    public void RemoveController(int nextController)
    {
        Elect(nextController, () =>
        {
            cluster.ZooKeeper.Remove(ControllerZnode.Path);
            cluster.Until(() => ControllerId == nextController, "the next controller");
        });
        Settle();
    }

    public void Start(int broker)
    {
        cluster.Broker(broker).Start();
        Settle();
    }

    /// <summary>SIGTERM.</summary>
    public void Stop(int broker, int? nextController = null)
    {
        if (nextController is { } next)
        {
            Elect(next, () =>
            {
                var stopped = cluster.Broker(broker).BeginStop();
                cluster.Until(() => ControllerId == next, "the next controller");
                cluster.Await(stopped);
            }, besides: broker);
        }
        else
        {
            cluster.Broker(broker).Stop();
        }

        Settle();
    }

    /// <summary>Elects preferred leaders (0) or any that live (1), of all partitions where none is named.</summary>
    public void ElectLeaders(sbyte type, params TopicPartition[] partitions)
    {
        Controller.Ask<ElectLeadersRequest, ElectLeadersResponse>(new()
        {
            ElectionType = type,
            TimeoutMs = TimeoutMs,
            TopicPartitions = partitions.Length == 0 ? null : [.. partitions.Select(partition => new ElectLeadersRequest.ElectLeadersTopic
            {
                Topic = partition.Topic, Partitions = [partition.Partition],
            })],
        });
        Settle();
    }

    /// <summary>Sets keys of a topic (2) or of a broker (4) at that broker, or at any; null deletes.</summary>
    public void Configure(sbyte type, string name, params (string Key, string? Value)[] configs)
    {
        var asked = type == OfBroker ? cluster.Connect(int.Parse(name, CultureInfo.InvariantCulture)) : Controller;
        var answer = asked.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(new()
        {
            Resources =
            [
                new()
                {
                    ResourceType = type,
                    ResourceName = name,
                    Configs =
                    [
                        .. configs.Select(config => new IncrementalAlterConfigsRequest.AlterableConfig
                        {
                            Name = config.Key, ConfigOperation = (sbyte)(config.Value is null ? 1 : 0), Value = config.Value,
                        }),
                    ],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, answer.Responses[0].ErrorCode);
    }

    /// <summary>What the tool that moves partitions sets before it asks for a move away from replicas 0 and 1.</summary>
    public void Throttle(string topic, string followers, string rate)
    {
        Configure(OfTopic, topic, ($"leader.{Throttled}", "0:0,0:1"), ($"follower.{Throttled}", followers));
        for (var broker = 0; broker < cluster.Brokers.Count; broker++)
        {
            Configure(OfBroker, $"{broker}", ($"leader.{Rate}", rate), ($"follower.{Rate}", rate));
        }

        Settle();
    }

    /// <summary>What it takes back where it finds that the move has ended.</summary>
    public void Unthrottle(string topic)
    {
        UnthrottleBrokers();
        Configure(OfTopic, topic, ($"leader.{Throttled}", null), ($"follower.{Throttled}", null));
    }

    /// <summary>What the tool of 2.2 takes back of brokers each time that it is asked, while it leaves a topic without throttles alone.</summary>
    public void UnthrottleBrokers()
    {
        for (var broker = 0; broker < cluster.Brokers.Count; broker++)
        {
            Configure(OfBroker, $"{broker}", ($"leader.{Rate}", null), ($"follower.{Rate}", null));
        }
    }

    /// <summary>Null cancels.</summary>
    public void Reassign(string topic, int[]? replicas)
    {
        var answer = Controller.Ask<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(new()
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Replicas = replicas }] }],
        });
        Assert.Equal(ErrorCode.None, answer.Responses[0].Partitions[0].ErrorCode);
    }

    public void Expand(string topic, int count, params int[][] added)
    {
        var answer = Controller.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(new()
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = topic, Count = count, Assignments = [.. added.Select(brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = brokers })] }],
        });
        Assert.Equal(ErrorCode.None, answer.Results[0].ErrorCode);
    }

    /// <summary>Asks for a deletion; where a replica is down, it does not end.</summary>
    public Task BeginDelete(string topic) => Controller.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(
        new() { TimeoutMs = 5_000, TopicNames = [topic] }, 5);

    public void DeleteRecords(string topic, int partition, long before) =>
        cluster.Connect(cluster.LeaderOf(new(topic, partition))).Ask<DeleteRecordsRequest, DeleteRecordsResponse>(new()
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Offset = before }] }],
        });

    /// <summary>Writes a znode that asks the controller for something, as tools of old do.</summary>
    public void Ask(string path, string data)
    {
        cluster.ZooKeeper.Put(path, data);
        Settle();
    }

    private int? ControllerId => cluster.ZooKeeper.Text(ControllerZnode.Path) is { } text
        ? JsonDocument.Parse(text).RootElement.GetProperty("brokerid").GetInt32()
        : null;

    /// <summary>All but <paramref name="next"/>, and one that is to move as well, stand still while <paramref name="election"/> runs.</summary>
    private void Elect(int next, Action election, int? besides = null)
    {
        var others = cluster.Running.Where(broker => broker.Id != next && broker.Id != besides && !_stopped.Contains(broker.Id)).ToList();
        others.ForEach(broker => broker.Pause(true));
        election();
        others.ForEach(broker => broker.Pause(false));
    }
}
