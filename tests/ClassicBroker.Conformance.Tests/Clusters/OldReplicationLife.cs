using ClassicBroker.Primitives;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>The script of the recorded life of three Kafka 2.2.2 brokers, step by step. Threading: one test.</summary>
internal sealed class OldReplicationLife(ClusterLife life)
{
    private const string Reassignments = "/admin/reassign_partitions";

    /// <summary>Steps that were recorded while the controller was still at work.</summary>
    public static IReadOnlySet<int> Unsettled { get; } = new HashSet<int> { 4 };

    /// <summary>The broker that was the controller and died, or lost its session, in a step.</summary>
    public static IReadOnlyDictionary<int, int> LostControllers { get; } =
        new Dictionary<int, int> { [4] = 0, [11] = 2, [20] = 1, [33] = 2 };

    /// <summary>The step in which all stop, and the broker that is the last.</summary>
    public static (int Step, int Broker) LastController => (37, 2);

    /// <summary>A write waited for the broker that was paused: its leader took it out of the ISR before its session ended.</summary>
    public static IReadOnlySet<string> ByLeader { get; } = new HashSet<string> { "11-2-paused /brokers/topics/rep/partitions/0/state" };

    /// <summary>Brokers that stopped in order, and had not started when the step ended.</summary>
    public static IReadOnlySet<(int Step, int Broker)> Stops { get; } = new HashSet<(int, int)> { (13, 2), (37, 0), (37, 1), (37, 2) };

    /// <summary>What the last step but one asks, elections of preferred leaders among it.</summary>
    public required Action AskByHand { get; init; }

    public void Play(int step)
    {
        switch (step)
        {
            case <= 12:
                BeginAndLoseLeaders(step);
                break;
            case <= 24:
                ElectUncleanly(step);
                break;
            default:
                MoveAndDelete(step);
                break;
        }
    }

    private void BeginAndLoseLeaders(int step)
    {
        switch (step)
        {
            case 2:
                life.Create("rep", [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
                life.Create("unclean", [[0, 1]], ("unclean.leader.election.enable", "true"));
                life.Create("strict", [[0, 1]]);
                life.Create("mover", [[0, 1]]);
                life.Create("doomed", [[0, 1, 2], [1, 2, 0]]);
                life.Create("solo", [[0], [1], [2]]);
                life.Settle();
                break;
            case 3:
                life.Write(10, ("rep", 0), ("rep", 1), ("rep", 2), ("unclean", 0), ("strict", 0), ("mover", 0), ("doomed", 0));
                life.Write(3, ("solo", 0), ("solo", 1), ("solo", 2));
                break;
            case 4:
                life.Kill(0, nextController: 2);
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
                life.Kill(1);
                break;
            case 10:
                life.Write(2, ("rep", 0));
                life.Write(3, ("rep", 1));
                life.Start(1);
                break;
            case 11:
                var held = life.BeginWrite("rep", 0, 3);
                life.PauseBeyondSession(2, nextController: 0);
                life.Cluster.Await(held);
                life.Write(3, ("rep", 1));
                break;
            case 12:
                life.Resume(2);
                break;
        }
    }

    private void ElectUncleanly(int step)
    {
        switch (step)
        {
            case 13:
                life.Stop(2);
                break;
            case 14:
                life.Start(2);
                break;
            case 15:
                life.RemoveController(nextController: 1);
                break;
            case 16:
                life.WriteAloneAndDie(0, "rep", 6, nextController: null);
                break;
            case 17:
                life.Write(4, ("rep", 0));
                break;
            case 18 or 23:
                life.Start(0);
                break;
            case 19 or 24:
                life.ElectLeaders(ClusterLife.Preferred);
                break;
            case 20:
                life.Kill(1, nextController: 2);
                life.Write(4, ("unclean", 0), ("strict", 0));
                break;
            case 21:
                life.Kill(0);
                break;
            case 22:
                life.Start(1);
                life.Write(2, ("unclean", 0));
                break;
        }
    }

    private void MoveAndDelete(int step)
    {
        switch (step)
        {
            case 25:
                life.WriteKilobytes("mover", 300);
                life.Throttle("mover", "0:2", "1000");
                Reassign("mover", "1,2");
                break;
            case 26:
                life.Unthrottle("mover");
                life.UnthrottleBrokers();
                life.Settle();
                break;
            case 27:
                life.Kill(0);
                Reassign("mover", "0,1");
                break;
            case 28:
                life.Start(0);
                break;
            case 29:
                Reassign("rep", "2,1,0");
                break;
            case 30:
                life.Expand("rep", 5, [2, 1, 0], [0, 2, 1]);
                life.Expand("strict", 2, [1, 2]);
                life.Settle();
                break;
            case 31:
                life.ElectLeaders(ClusterLife.Preferred, new TopicPartition("rep", 0));
                break;
            case 32:
                life.Configure(ClusterLife.OfTopic, "rep", ("retention.ms", "86400000"));
                break;
            case 33:
                life.Kill(2, nextController: 0);
                life.Cluster.Await(life.BeginDelete("doomed"));
                break;
            case 34:
                life.Start(2);
                break;
            case 35:
                life.DeleteRecords("rep", 0, 12);
                break;
            case 36:
                AskByHand();
                life.Settle();
                break;
            case 37:
                life.Stop(0, nextController: 1);
                life.Stop(1, nextController: 2);
                life.Stop(2);
                break;
        }
    }

    private void Reassign(string topic, string replicas) =>
        life.Ask(Reassignments, $$"""{"version":1,"partitions":[{"topic":"{{topic}}","partition":0,"replicas":[{{replicas}}]}]}""");
}
