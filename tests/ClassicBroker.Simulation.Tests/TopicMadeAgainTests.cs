using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>A topic that is deleted and made again while a broker with its old directory is down.</summary>
public sealed class TopicMadeAgainTests
{
    private const string Directory = "/data/t-0";
    private const int Timeout = 30_000;

    private static readonly TopicPartition Partition = new("t", 0);

    private readonly SimulatedCluster _cluster = new(1, 3);

    [Fact]
    public void The_broker_says_what_keeps_it_out_and_what_it_says_mends_it()
    {
        Create();
        var broker = _cluster.Broker(1);
        broker.Kill(sessionEndsAtOnce: true);
        _cluster.Until(() => _cluster.State(Partition).Isr.Count == 1, "the controller knows");
        MoveAwayAndMakeAgain();

        broker.Start();
        _cluster.Until(() => Told().Length > 0, "the broker says what keeps it out");
        _cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal([0], _cluster.State(Partition).Isr);
        Assert.Contains($"{Directory} is that of a topic that was deleted and made again", Told()[0]);
        Assert.Contains("stop the broker, remove that directory", Told()[0]);

        broker.Stop();
        foreach (var entry in broker.Files.List(Directory))
        {
            broker.Files.DeleteFile($"{Directory}/{entry.Name}");
        }

        broker.Files.DeleteDirectory(Directory);
        broker.Start();
        _cluster.Until(() => _cluster.State(Partition).Isr.Count == 2, "the replica is in sync");
        Assert.Equal(1, broker.LogOf(Partition)!.LogEndOffset);

        string[] Told() => [.. broker.Log.Lines.Where(line => line.StartsWith("Error: Topic id of partition t-0", StringComparison.Ordinal))];
    }

    private void MoveAwayAndMakeAgain()
    {
        var controller = _cluster.Connect(_cluster.Controller.Id);
        controller.Ask<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(new()
        {
            TimeoutMs = Timeout,
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = [0, 2] }] }],
        });
        _cluster.Until(() => _cluster.Assignment("t").Partitions[0].Replicas is [0, 2] && _cluster.State(Partition).Isr.Count == 2, "the move");
        controller.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TimeoutMs = Timeout, TopicNames = ["t"] }, 5);
        _cluster.Until(() => _cluster.ZooKeeper.Stat("/brokers/topics/t") is null, "the deletion");
        Create();
        Assert.Equal(ErrorCode.None, _cluster.Connect(0).Produce(Partition, acks: -1, "new").ErrorCode);
    }

    private void Create()
    {
        var answer = _cluster.Connect(_cluster.Controller.Id).Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
        {
            TimeoutMs = Timeout,
            Topics =
            [
                new()
                {
                    Name = "t", NumPartitions = -1, ReplicationFactor = -1, Assignments = [new() { PartitionIndex = 0, BrokerIds = [0, 1] }],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode);
        _cluster.Until(() => _cluster.LeaderOf(Partition) == 0, "the topic");
    }
}
