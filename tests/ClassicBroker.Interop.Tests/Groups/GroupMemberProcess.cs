using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>A member of a group in a process of its own. One test owns it.</summary>
internal sealed partial class GroupMemberProcess(ChildProcess process) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    /// <summary>What it has been handed so far.</summary>
    public IEnumerable<(int Partition, long Offset, string Value)> Messages =>
        process.Output.Split('\n').Select(line => MessageLine().Match(line)).Where(match => match.Success).Select(match => (
            int.Parse(match.Groups["partition"].Value, CultureInfo.InvariantCulture),
            long.Parse(match.Groups["offset"].Value, CultureInfo.InvariantCulture),
            match.Groups["value"].Value));

    public string Output => process.Output;

    public bool HasExited => process.HasExited;

    public static GroupMemberProcess KafkaPython(string bootstrap, string group, string topic, ClientCredentials? client = null) =>
        new(ChildProcess.Start(
            "/usr/bin/python3", [Path.Combine(Drivers, "group_kafka_python.py"), bootstrap, group, topic], EnvironmentOf(client)));

    public static GroupMemberProcess Confluent(
        string bootstrap, string group, string topic, string strategy, string? instanceId = null, ClientCredentials? client = null) =>
        new(ChildProcess.Start(
            "/usr/bin/python3",
            [
                Path.Combine(Drivers, "group_confluent.py"), bootstrap, group, topic, strategy,
                .. instanceId is null ? Array.Empty<string>() : [instanceId],
            ],
            EnvironmentOf(client)));

    public static GroupMemberProcess KafkaJs(string bootstrap, string group, string topic, ClientCredentials? client = null) =>
        new(ChildProcess.Start(
            "node",
            [Path.Combine(Drivers, "group_kafkajs.js"), bootstrap, group, topic],
            new Dictionary<string, string>(EnvironmentOf(client)) { ["NODE_PATH"] = RepositoryLayout.NodeModules }));

    public static GroupMemberProcess Kcat(string bootstrap, string group, string topic, ClientCredentials? client = null) =>
        new(ChildProcess.Start(
            "kcat",
            [
                "-b", bootstrap, "-G", group, "-u", "-f", "message %p %o %s\\n", "-X", "auto.offset.reset=earliest",
                "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500", "-X", "auto.commit.interval.ms=100",
                "-X", "partition.assignment.strategy=roundrobin", topic,
            ],
            EnvironmentOf(client)));

    /// <summary>Our consumer, as the console consumer has it: it tells of no assignments.</summary>
    public static GroupMemberProcess Ours(
        string bootstrap, string group, string topic, string assignor, string? instanceId = null, ClientCredentials? client = null) =>
        new(ChildProcess.Start(
            RepositoryLayout.Script("kafka-console-consumer.sh"),
            [
                "--bootstrap-server", bootstrap, "--topic", topic, "--group", group, "--from-beginning",
                "--property", "print.partition=true", "--property", "print.offset=true",
                "--consumer-property", $"partition.assignment.strategy=org.apache.kafka.clients.consumer.{assignor}",
                "--consumer-property", "session.timeout.ms=6000", "--consumer-property", "heartbeat.interval.ms=500",
                "--consumer-property", "auto.commit.interval.ms=200",
                .. instanceId is null ? Array.Empty<string>() : ["--consumer-property", $"group.instance.id={instanceId}"],
                .. (client ?? ClientCredentials.None).Arguments("--consumer.config"),
            ]));

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

    private static IReadOnlyDictionary<string, string> EnvironmentOf(ClientCredentials? client) =>
        (client ?? ClientCredentials.None).Environment;

    [GeneratedRegex(@"^(?:message |Partition:)(?<partition>\d+)(?: |\tOffset:)(?<offset>\d+)\s(?<value>\S+)$")]
    private static partial Regex MessageLine();
}
