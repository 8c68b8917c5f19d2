using System.Globalization;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>A member of a group in a process of its own. One test owns it.</summary>
internal sealed class GroupMemberProcess(ChildProcess process) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    /// <summary>What it has been handed so far.</summary>
    public IEnumerable<(int Partition, long Offset, string Value)> Messages =>
        process.Output.Split('\n')
            .Where(line => line.StartsWith("message ", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Select(parts => (
                int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]));

    public string Output => process.Output;

    public static GroupMemberProcess KafkaPython(IGroupCluster cluster, string group, string topic) =>
        new(ChildProcess.Start("/usr/bin/python3", [Path.Combine(Drivers, "group_kafka_python.py"), cluster.BootstrapServers, group, topic], cluster.Client.Environment));

    public static GroupMemberProcess Confluent(IGroupCluster cluster, string group, string topic, string strategy, string? instanceId = null) =>
        new(ChildProcess.Start(
            "/usr/bin/python3",
            [
                Path.Combine(Drivers, "group_confluent.py"), cluster.BootstrapServers, group, topic, strategy,
                .. instanceId is null ? Array.Empty<string>() : [instanceId],
            ],
            cluster.Client.Environment));

    public static GroupMemberProcess KafkaJs(IGroupCluster cluster, string group, string topic) =>
        new(ChildProcess.Start(
            "node",
            [Path.Combine(Drivers, "group_kafkajs.js"), cluster.BootstrapServers, group, topic],
            new Dictionary<string, string>(cluster.Client.Environment) { ["NODE_PATH"] = RepositoryLayout.NodeModules }));

    public static GroupMemberProcess Kcat(IGroupCluster cluster, string group, string topic) =>
        new(ChildProcess.Start(
            "kcat",
            [
                "-b", cluster.BootstrapServers, "-G", group, "-u", "-f", "message %p %o %s\\n", "-X", "auto.offset.reset=earliest",
                "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500", "-X", "auto.commit.interval.ms=100",
                "-X", "partition.assignment.strategy=roundrobin", topic,
            ],
            cluster.Client.Environment));

    public Task AssignedAsync() => process.WaitForAsync("ssigned", Limit);

    public async Task LeaveAsync()
    {
        process.Signal(ChildProcess.Sigterm);
        await process.WaitForExitAsync(Limit);
    }

    public async Task KillAsync()
    {
        process.Signal(ChildProcess.Sigkill);
        await process.WaitForExitAsync(Limit);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
