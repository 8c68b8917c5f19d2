namespace ClassicBroker.Tools.Commands;

/// <summary>
/// A script of Kafka's whose subject this product does not have, or a tool that Kafka itself has dropped: says so, and what to use in its
/// place.
/// </summary>
internal sealed class AbsentCommand(string sentence) : ICommand
{
    public static AbsentCommand Jmx() => new(
        "There is no JMX without a JVM. The broker serves the same metrics for Prometheus at /metrics, where metrics.listeners says; "
        + "dotnet-counters shows them as well.");

    public static AbsentCommand MetadataShell() => new(
        "There is no metadata log: the cluster's metadata lies in ZooKeeper. zookeeper-shell.sh shows it.");

    public static AbsentCommand Trogdor() => new(
        "There is no Trogdor here. Faults are injected by scripts/simulate.sh and by the cluster tests.");

    public static AbsentCommand Connect() => new(
        "Kafka Connect is not part of this product. Connect workers of Apache Kafka work with its brokers.");

    public static AbsentCommand ReplayLogProducer() => new(
        "Kafka has dropped ReplayLogProducer. kafka-mirror-maker.sh copies topics; kafka-console-consumer.sh before kafka-console-producer.sh "
        + "in a pipe copies one.");

    public static AbsentCommand ShutdownBroker() => new(
        "Kafka has dropped ShutdownBroker. A broker that is stopped with kafka-server-stop.sh or SIGTERM hands over what it leads first, as "
        + "controlled.shutdown.enable says.");

    public static AbsentCommand SimpleConsumerShell() => new(
        "Kafka has dropped SimpleConsumerShell. kafka-console-consumer.sh reads one partition with --partition and --offset.");

    public static AbsentCommand StateChangeLogMerger() => new(
        "Kafka has dropped StateChangeLogMerger. Each line of state-change.log begins with its time: sort merges those of several brokers.");

    public static AbsentCommand UpdateOffsetsInZk() => new(
        "Kafka has dropped UpdateOffsetsInZK. kafka-consumer-groups.sh --reset-offsets sets the offsets of a group; kafka-run-class.sh "
        + "kafka.tools.ImportZkOffsets sets those that consumers of old keep in ZooKeeper.");

    public static AbsentCommand VerifyConsumerRebalance() => new(
        "Kafka has dropped VerifyConsumerRebalance. kafka-consumer-groups.sh --describe --members shows who has which partition; "
        + "kafka-consumer-offset-checker.sh shows the owners that consumers of old keep in ZooKeeper.");

    public Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host) => throw new ToolException(sentence);
}
