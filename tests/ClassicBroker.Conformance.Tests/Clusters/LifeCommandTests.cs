using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// The tools in the recorded life of three Kafka 3.9.2 brokers: what was done to topics with commands is done with ours, and after each
/// step topics are described with each of the filters. They must print what Kafka's printed.
/// </summary>
public sealed class LifeCommandTests(ITestOutputHelper output)
{
    /// <summary>From here on requests by hand, which are no tools', were recorded.</summary>
    private const int AskedByHand = 58;

    private readonly ConformanceReport _report = new("life-commands");

    [Fact]
    public void Commands_print_and_exit_as_Kafkas_do_in_each_step()
    {
        var cluster = new SimulatedCluster(
            1,
            3,
            bug: null,
            output: null,
            [
                "broker.rack=rack$id",
                "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
                "auto.leader.rebalance.enable=false",
                "auto.create.topics.enable=false",
                "log.dirs=/data-a,/data-b",
                "replica.lag.time.max.ms=2000",
                "file.delete.delay.ms=500",
                "replica.fetch.max.bytes=16384",
                "offsets.topic.num.partitions=1",
                "log.retention.ms=-1",
            ]);
        var life = new ClusterLife(cluster);
        var script = new ReplicationLife(life);
        using var commands = new LifeCommands(cluster, _report);
        var described = RecordedDescription.Read("life-describes-3.9").ToLookup(description => description.Step);
        foreach (var step in RecordedStep.Read(RecordedStep.Life).Where(step => step.Number < AskedByHand))
        {
            Play(step.Number, life, script, commands);
            foreach (var description in described[step.Name])
            {
                if (ReplicationLife.Unsettled.Contains(step.Number))
                {
                    _report.LeftOut("described while the controller was at work");
                    continue;
                }

                commands.Describe(description, line =>
                    !ReplicationLife.Racing.Any(race => race.Step == step.Number && line.Contains($"Topic: {race.Topic} ", StringComparison.Ordinal)));
            }
        }

        for (var left = 0; left < commands.Left; left++)
        {
            _report.LeftOut("commands in the middle of a step");
        }

        _report.Verify(output);
    }

    /// <summary>A step with the commands that were recorded in it, in place of what they do.</summary>
    private static void Play(int step, ClusterLife life, ReplicationLife script, LifeCommands commands)
    {
        switch (step)
        {
            case 7:
                Elect(1);
                break;
            case 19:
                Elect(2);
                break;
            case 22:
                Elect(4);
                break;
            case 26:
                commands.Run(5);
                life.Settle();
                break;
            case 27:
                commands.Run(6, 7, 8, 9, 10);
                life.Settle();
                life.Write(2, ("strict", 0));
                break;
            case 29:
                Elect(11);
                break;
            case 31:
                commands.Run(13, 14, 15, 16);
                life.Settle();
                commands.Run(17, 18);
                break;
            case 32:
                commands.Run(19);
                life.Settle();
                commands.Run(20, 21);
                break;
            case 33:
                script.Play(step);
                commands.Run(22, 23);
                break;
            case 35:
                life.Start(0);
                commands.Run(24);
                break;
            case 37:
                life.Expand("rep", 5, [2, 1, 0], [0, 2, 1]);
                commands.Run(26);
                life.Settle();
                break;
            case 38:
                commands.Run(27);
                life.Settle();
                commands.Run(28, 29);
                break;
            case 41:
                life.Kill(2, nextController: 0);
                commands.Run(31, 32, 33, 34, 35, 36, 37, 38);
                break;
            case 43:
                commands.Run(39);
                life.Settle();
                break;
            case 44:
                life.Kill(1);
                commands.Run(40);
                life.Settle();
                break;
            case 45:
                commands.Run(41);
                life.Settle();
                commands.Run(42);
                life.Write(3, ("reborn", 0));
                commands.Run(43);
                break;
            case 48:
                script.Play(step);
                commands.Run(44);
                break;
            case 49:
                Elect(45);
                script.Play(step);
                break;
            case 54:
                script.Play(step);
                commands.Run(52, 53);
                break;
            case 55:
                life.Start(1);
                commands.Run(54);
                life.Settle();
                commands.Run(55);
                break;
            case 56:
                commands.Run(56);
                script.Play(step);
                break;
            default:
                script.Play(step);
                break;
        }

        void Elect(int command)
        {
            commands.Run(command);
            life.Settle();
        }
    }
}
