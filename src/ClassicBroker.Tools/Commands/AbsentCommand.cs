namespace ClassicBroker.Tools.Commands;

/// <summary>A script of Kafka's whose subject this product does not have: says so, and what to use in its place.</summary>
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

    public Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host) => throw new ToolException(sentence);
}
