using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// The script of the recorded life of three Kafka 3.9.2 brokers, step by step: topics, crashes, elections, moves, deletions. Threading: one
/// test.
/// </summary>
internal sealed class ReplicationLife(ClusterLife life)
{
    /// <summary>On broker 2 lay in the directory that failed.</summary>
    private static readonly TopicPartition[] InFailingDirectory =
        [new("rep", 1), new("rep", 3), new("solo", 2), new("solo", 3), new("__consumer_offsets", 0)];

    /// <summary>Steps that were recorded while the controller, or a broker that had just started, was still at work.</summary>
    public static IReadOnlySet<int> Unsettled { get; } = new HashSet<int> { 4, 46 };

    /// <summary>Topics whose replicas joined or left an ISR, there or here, while the step was at its work: how often is chance.</summary>
    public static IReadOnlySet<(int Step, string Topic)> Racing { get; } = new HashSet<(int, string)> { (55, "moving"), (62, "__consumer_offsets") };

    /// <summary>High watermarks of a replica that was being moved, and of one whose disk failed before the file was written again.</summary>
    public static IReadOnlySet<(int Step, int Broker, string Partition)> OnTheirWay { get; } =
        new HashSet<(int, int, string)> { (49, 2, "__consumer_offsets-0"), (54, 2, "moving-0") };

    /// <summary>Brokers that stopped in order, and had not started when the step ended.</summary>
    public static IReadOnlySet<(int Step, int Broker)> Stops { get; } = new HashSet<(int, int)> { (13, 2), (62, 0), (62, 1), (62, 2) };

    /// <summary>Steps that were recorded while replicas had yet to cut their epochs, some as they stopped.</summary>
    public static IReadOnlySet<int> Uncut { get; } = new HashSet<int> { 7, 62 };

    public void Play(int step)
    {
        switch (step)
        {
            case <= 10:
                BeginAndLoseLeaders(step);
                break;
            case <= 22:
                PauseAndExpire(step);
                break;
            case <= 29:
                ElectUncleanly(step);
                break;
            case <= 36:
                Move(step);
                break;
            case <= 43:
                ExpandAndDelete(step);
                break;
            case <= 51:
                MakeAgainAndLoseDisks(step);
                break;
            default:
                LoseControllersAtWork(step);
                break;
        }
    }

    private void BeginAndLoseLeaders(int step)
    {
        switch (step)
        {
            case 2:
                CreateTopics();
                break;
            case 3:
                life.Write(10, ("rep", 0), ("rep", 1), ("rep", 2), ("unclean", 0), ("strict", 0), ("flipped", 0), ("mover", 0), ("doomed", 0), ("reborn", 0), ("byhand", 0), ("dying", 0));
                life.Write(3, ("solo", 0), ("solo", 1), ("solo", 2), ("solo", 3));
                break;
            case 4:
                life.Kill(0, nextController: 1);
                break;
            case 5:
                life.Write(5, ("rep", 0), ("rep", 2), ("unclean", 0));
                break;
            case 6:
                life.Start(0);
                break;
            case 7:
                life.ElectLeaders(ClusterLife.Preferred);
                break;
            case 8:
                life.Write(4, ("rep", 0));
                break;
            case 9:
                life.Kill(1, nextController: 2);
                break;
            case 10:
                life.Write(2, ("rep", 0));
                life.Write(3, ("rep", 1));
                life.Start(1);
                break;
        }
    }

    private void CreateTopics()
    {
        int[][] onTwo = [[0, 1]];
        life.Create("rep", [[0, 1, 2], [1, 2, 0], [2, 0, 1]], ("min.insync.replicas", "2"));
        life.Create("unclean", onTwo, ("unclean.leader.election.enable", "true"));
        foreach (var topic in (string[])["strict", "flipped", "mover", "reborn", "byhand", "dying", "moving"])
        {
            life.Create(topic, onTwo);
        }

        life.Create("doomed", [[0, 1, 2], [1, 2, 0]]);
        life.Create("solo", [[0], [1], [2], [2]]);
        life.Settle();
    }

    private void PauseAndExpire(int step)
    {
        switch (step)
        {
            case 11:
                var held = life.BeginWrite("rep", 0, 3);
                life.PauseBeyondSession(2, nextController: 1);
                life.Cluster.Await(held);
                life.Write(3, ("rep", 1));
                break;
            case 12:
                life.Resume(2);
                break;
            case 13:
                life.Stop(2);
                break;
            case 14:
                life.Start(2);
                break;
            case 15:
                life.RemoveController(nextController: 0);
                break;
            case 16:
                life.WriteAloneAndDie(0, "rep", 6, nextController: 1);
                break;
            case 17:
                life.Write(4, ("rep", 0));
                break;
            case 18:
                life.Start(0);
                break;
            case 19 or 22:
                life.ElectLeaders(ClusterLife.Preferred);
                break;
            case 20:
                life.ExpireSession(2);
                break;
            case 21:
                life.Write(2, ("rep", 0));
                life.ExpireSession(1, nextController: 0);
                break;
        }
    }

    private void ElectUncleanly(int step)
    {
        switch (step)
        {
            case 23:
                life.Cluster.Broker(1).Kill();
                life.Cluster.Pass(TimeSpan.FromSeconds(5.98));
                var held = life.BeginWrite("unclean", 0, 4);
                life.EndOfSession(nextController: null);
                life.Cluster.Await(held);
                life.Write(4, ("strict", 0), ("flipped", 0));
                break;
            case 24:
                life.Kill(0, nextController: 2);
                break;
            case 25:
                life.Start(1);
                life.Write(2, ("unclean", 0));
                break;
            case 26:
                life.Configure(ClusterLife.OfTopic, "flipped", ("unclean.leader.election.enable", "true"));
                life.Settle();
                break;
            case 27:
                life.ElectLeaders(ClusterLife.Preferred, new TopicPartition("strict", 0));
                life.ElectLeaders(ClusterLife.Unclean, new TopicPartition("strict", 0));
                life.ElectLeaders(ClusterLife.Unclean);
                life.Write(2, ("strict", 0));
                break;
            case 28:
                life.Start(0);
                break;
            case 29:
                life.ElectLeaders(ClusterLife.Preferred);
                break;
        }
    }

    private void Move(int step)
    {
        switch (step)
        {
            case 30:
                life.WriteKilobytes("mover", 300);

                life.Throttle("mover", "0:2", "1000");
                life.Reassign("mover", [1, 2]);
                life.Settle();
                break;
            case 31:
                life.Reassign("mover", null);
                for (var command = 0; command < 3; command++)
                {
                    life.Unthrottle("mover");
                }

                life.Settle();
                break;
            case 32:
                life.Throttle("mover", "0:2", "100000000");
                life.Reassign("mover", [1, 2]);
                life.Settle();
                life.Unthrottle("mover");
                break;
            case 33:
                life.Kill(0);
                break;
            case 34:
                life.Ask(
                    "/admin/reassign_partitions",
                    """{"version": 1, "partitions": [{"topic": "mover", "partition": 0, "replicas": [0, 1]}, {"topic": "absent", "partition": 0, "replicas": [0, 1]}]}""");
                break;
            case 35:
                life.Start(0);
                life.Unthrottle("mover");
                break;
            case 36:
                life.Ask(
                    "/admin/reassign_partitions",
                    """{"version":1,"partitions":[{"topic":"mover","partition":0,"replicas":[2,0]},{"topic":"rep","partition":0,"replicas":[2,1,0]},{"topic":"strict","partition":0,"replicas":[0,1]}]}""");
                break;
        }
    }

    private void ExpandAndDelete(int step)
    {
        switch (step)
        {
            case 37:
                life.Expand("rep", 5, [2, 1, 0], [0, 2, 1]);
                life.Expand("strict", 2, [1, 2]);
                life.Settle();
                break;
            case 38:
                life.ElectLeaders(ClusterLife.Preferred, new TopicPartition("absent", 0), new TopicPartition("rep", 0));
                break;
            case 39:
                life.Ask("/admin/preferred_replica_election", """{"version": 1, "partitions": [{"topic": "rep", "partition": 0}, {"topic": "rep", "partition": 1}, {"topic": "absent", "partition": 0}]}""");
                break;
            case 40:
                life.Configure(ClusterLife.OfTopic, "rep", ("retention.ms", "86400000"));
                break;
            case 41:
                life.Kill(2, nextController: 0);
                life.Cluster.Await(life.BeginDelete("doomed"));
                break;
            case 42:
                life.Start(2);
                break;
            case 43:
                life.DeleteRecords("rep", 0, 12);
                life.Settle();
                break;
        }
    }

    private void MakeAgainAndLoseDisks(int step)
    {
        switch (step)
        {
            case 44:
                life.Kill(1);
                life.Reassign("reborn", [0, 2]);
                life.Settle();
                break;
            case 45:
                life.Cluster.Await(life.BeginDelete("reborn"));
                life.Settle();
                life.Create("reborn", [[0, 1]]);
                life.Write(3, ("reborn", 0));
                break;
            case 46:
                life.Start(1);
                life.Write(3, ("reborn", 0));
                Assert.Contains(life.Cluster.Broker(1).Log.Lines, line => line.Contains("/reborn-0 is that of a topic that was deleted and made again", StringComparison.Ordinal));
                break;
            case 47:
                life.Stop(1);
                life.Start(1);
                break;
            case 48:
                life.Stop(2);
                life.Cluster.Broker(2).LoseDisk();
                life.Start(2);
                break;
            case 49:
                life.ElectLeaders(ClusterLife.Preferred);
                CommitAnOffset();
                break;
            case 50:
                LoseDirectory();
                break;
            case 51:
                life.Stop(2);
                life.Cluster.Broker(2).Files.Heal();
                life.Start(2);
                break;
        }
    }

    private void CommitAnOffset()
    {
        var cluster = life.Cluster;
        life.Create(
            "__consumer_offsets", [[0, 1, 2]], ("compression.type", "producer"), ("cleanup.policy", "compact"), ("segment.bytes", "104857600"));
        life.Settle();
        var coordinator = cluster.Connect(cluster.LeaderOf(new("__consumer_offsets", 0)));
        var committed = coordinator.Ask<OffsetCommitRequest, OffsetCommitResponse>(new()
        {
            GroupId = "g",
            Topics = [new() { Name = "rep", Partitions = [new() { PartitionIndex = 1, CommittedOffset = 1 }] }],
        });
        Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);
        life.Settle();
    }

    /// <summary>Which logs a broker of two directories keeps in which follows from what it had when they came: here they are put in their places.</summary>
    private void LoseDirectory()
    {
        var broker = life.Cluster.Broker(2);
        var logs = broker.Server.Replicas.OnlinePartitions.Select(partition => partition.TopicPartition).ToList();
        foreach (var (path, moved) in ((string, IEnumerable<TopicPartition>)[])[("/data-b", InFailingDirectory), ("/data-a", logs.Except(InFailingDirectory))])
        {
            var answer = life.Cluster.Connect(2).Ask<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(new()
            {
                Dirs =
                [
                    new()
                    {
                        Path = path,
                        Topics = [.. moved.GroupBy(partition => partition.Topic).Select(topic => new AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic
                        {
                            Name = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)],
                        })],
                    },
                ],
            });
            Assert.All(answer.Results.SelectMany(topic => topic.Partitions), partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
            life.Cluster.Until(
                () => moved.All(partition => broker.LogOf(partition)!.Path.StartsWith(path, StringComparison.Ordinal)), $"the moves to {path}");
        }

        foreach (var operation in (FileOperation[])[FileOperation.Open, FileOperation.Write, FileOperation.Sync, FileOperation.SyncDirectory, FileOperation.Rename])
        {
            broker.Files.Fail(operation, Platform.Errno.Io, pathContains: "/data-b", lasting: true);
        }

        life.Cluster.Pass(TimeSpan.FromSeconds(10));
        life.Create("made", [[2, 0]]);
        life.Settle();
    }

    private void LoseControllersAtWork(int step)
    {
        switch (step)
        {
            case 52:
                life.Cluster.Broker(0).Kill();
                life.Cluster.ZooKeeper.Put("/config/topics/halfmade", """{"version":1,"config":{}}""");
                life.Cluster.ZooKeeper.Put(
                    "/brokers/topics/halfmade",
                    """{"version": 3, "topic_id": "abcdefghijklmnopqrstug", "partitions": {"0": [1, 2], "1": [2, 0]}, "adding_replicas": {}, "removing_replicas": {}}""");
                life.Cluster.ZooKeeper.Put("/brokers/topics/halfmade/partitions", "");
                life.Cluster.ZooKeeper.Put("/brokers/topics/halfmade/partitions/1", "");
                life.EndOfSession(nextController: 1);
                life.Write(3, ("halfmade", 0));
                break;
            case 53:
                life.Start(0);
                break;
            case 54:
                life.WriteKilobytes("moving", 200);

                life.Throttle("moving", "0:2", "1000");
                life.Reassign("moving", [0, 2]);
                life.Settle();
                life.Kill(1, nextController: 2);
                break;
            case 55:
                life.Start(1);
                life.Throttle("moving", "0:2", "100000000");
                life.Reassign("moving", [0, 2]);
                life.Settle();
                life.Unthrottle("moving");
                break;
            case 56:
                life.Reassign("dying", [2, 1]);
                life.Settle();
                life.Write(3, ("dying", 0));
                life.Cluster.Broker(1).Pause(true);
                var deleted = life.BeginDelete("dying");
                life.Cluster.Pass(TimeSpan.FromMilliseconds(500));
                life.Cluster.Broker(2).Kill();
                life.Cluster.Broker(1).Pause(false);
                life.EndOfSession(nextController: 0);
                Assert.NotNull(deleted);
                break;
            case 57:
                life.Start(2);
                break;
            case 58:
                life.ElectLeaders(ClusterLife.Preferred);
                break;
            case 60:
                ShutDownByHand();
                break;
            case 61:
                life.Stop(2);
                life.Start(2);
                break;
            case 62:
                life.Stop(0, nextController: 1);
                life.Stop(1, nextController: 2);
                life.Stop(2);
                break;
        }
    }

    /// <summary>What a broker asks for that is about to stop, and then goes on running.</summary>
    private void ShutDownByHand()
    {
        var cluster = life.Cluster;
        var answer = cluster.Connect(cluster.Controller.Id).Ask<ControlledShutdownRequest, ControlledShutdownResponse>(
            new() { BrokerId = 2, BrokerEpoch = cluster.ZooKeeper.Stat("/brokers/ids/2")!.Value.Czxid });
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        life.Settle();
    }
}
