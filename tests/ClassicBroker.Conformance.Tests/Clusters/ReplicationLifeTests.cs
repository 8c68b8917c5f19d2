using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// The recorded lives of three Kafka brokers, lived once more on a simulated cluster: after each step the znodes are those that Kafka
/// left, and the replicas have the same epochs and high watermarks.
/// </summary>
public sealed class ReplicationLifeTests(ITestOutputHelper output)
{
    private static readonly string[] LogDirectories = ["/data-a", "/data-b"];

    [Fact]
    public void Each_step_leaves_what_kafka_leaves()
    {
        var orders = new ControllerOrders();
        var cluster = NewCluster(
            orders.Listener,
            "broker.rack=rack$id",
            "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector");
        var script = new ReplicationLife(new ClusterLife(cluster));
        var report = new ConformanceReport("zookeeper");
        var told = new ConformanceReport("orders");
        var comparison = new LifeComparison(cluster, report)
        {
            LogDirectories = LogDirectories,
            Racing = ReplicationLife.Racing,
            OnTheirWay = ReplicationLife.OnTheirWay,
            Stops = ReplicationLife.Stops,
        };
        var compared = new OrderComparison(orders, told, "kafka-3.9-replication", "kafka-3.9-logs/replication/wire")
        {
            Racing = ReplicationLife.Racing,
            Accepted = AcceptedOrder.Of3,
        };
        Live(RecordedStep.Life, script.Play, ReplicationLife.Unsettled, ReplicationLife.Uncut, comparison, compared);
        report.Verify(output);
        told.Verify(output);
        compared.Verify();
    }

    /// <summary>At the old inter-broker protocol, in which leaders write ISRs into ZooKeeper.</summary>
    [Fact]
    public void Each_step_of_an_old_life_leaves_what_kafka_2_leaves()
    {
        var orders = new ControllerOrders();
        var cluster = NewCluster(orders.Listener, "inter.broker.protocol.version=2.2");
        var report = new ConformanceReport("zookeeper-2.2.2");
        var told = new ConformanceReport("orders-2.2.2");
        var compared = new OrderComparison(orders, told, "kafka-2.2.2-logs", "kafka-2.2.2-logs/replication/wire")
        {
            Accepted = AcceptedOrder.Of2,
            Old = new OldOrders(cluster) { LastStep = OldReplicationLife.LastController.Step },
        };
        var comparison = new LifeComparison(cluster, report)
        {
            LogDirectories = LogDirectories,
            IsOfOurOracle = false,
            LostControllers = OldReplicationLife.LostControllers,
            LastController = OldReplicationLife.LastController,
            Stops = OldReplicationLife.Stops,
        };
        var answered = new ConformanceReport("replication-2.2.2");
        var before = RecordedStep.Read(RecordedStep.OldLife).Single(step => step.Number == 35);
        var asked = new AskedByHand(cluster, answered, before, comparison.Checkpoint);
        var script = new OldReplicationLife(new ClusterLife(cluster)) { AskByHand = asked.Play };
        Live(RecordedStep.OldLife, script.Play, OldReplicationLife.Unsettled, OldReplicationLife.Unsettled, comparison, compared);
        report.Verify(output);
        answered.Verify(output);
        asked.Verify();
        told.Verify(output);
        compared.Verify();
    }

    private static void Live(
        string life,
        Action<int> play,
        IReadOnlySet<int> unsettled,
        IReadOnlySet<int> uncut,
        LifeComparison comparison,
        OrderComparison orders)
    {
        var steps = RecordedStep.Read(life);
        for (var index = 0; index < steps.Count; index++)
        {
            var step = steps[index];
            play(step.Number);
            var next = unsettled.Contains(step.Number) ? steps[index + 1] : null;
            comparison.Compare(step, next, areCut: !uncut.Contains(step.Number));
            comparison.CompareOffsets(step, index + 1 < steps.Count ? steps[index + 1] : null);
            orders.Compare(step, next);
        }
    }

    private static SimulatedCluster NewCluster(PlantedBug listener, params string[] properties) => new(
        1,
        3,
        listener,
        output: null,
        [
            .. properties,
            "auto.leader.rebalance.enable=false",
            "auto.create.topics.enable=false",
            $"log.dirs={string.Join(',', LogDirectories)}",
            "replica.lag.time.max.ms=2000",
            "replica.high.watermark.checkpoint.interval.ms=1000",
            "file.delete.delay.ms=500",
            "replica.fetch.max.bytes=16384",
            "offsets.topic.num.partitions=1",
            "log.retention.ms=-1",
        ]);
}
