using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Interop.Tests;

/// <summary>
/// A broker on Apache ZooKeeper: clients and tools work as they do on ours, and what is left in the tree, read with Apache's own
/// command-line client, is what Kafka 3.9 leaves.
/// </summary>
public sealed class ApacheZooKeeperTests : IAsyncLifetime
{
    /// <summary>What a broker makes at its start, in the order the tree is listed.</summary>
    private static readonly string[] TopLevelPaths =
    [
        "/admin", "/admin/delete_topics", "/brokers", "/brokers/ids", "/brokers/seqid", "/brokers/topics", "/cluster", "/cluster/id",
        "/config", "/config/brokers", "/config/changes", "/config/clients", "/config/ips", "/config/topics", "/config/users",
        "/consumers", "/controller", "/controller_epoch", "/feature", "/isr_change_notification", "/latest_producer_id_block",
        "/log_dir_event_notification",
    ];

    private readonly ScratchDirectory _scratch = new();
    private RealZooKeeper? _zooKeeper;
    private KafkaServerProcess? _broker;

    [Fact]
    public async Task Clients_and_tools_work_and_leave_the_znodes_of_Kafka()
    {
        await AssertClientsWorkAsync();
        await AssertToolsWorkAsync();

        var paths = await ListAsync();
        Assert.Equal(TopLevelPaths, paths.Where(path => !Regex.IsMatch(path, "^/(zookeeper|brokers/(ids|topics)/|config/(topics|changes)/)")));
        Assert.Equal(
            [
                "/brokers/topics/by-zookeeper", "/brokers/topics/by-zookeeper/partitions",
                "/brokers/topics/by-zookeeper/partitions/0", "/brokers/topics/by-zookeeper/partitions/0/state",
                "/brokers/topics/by-zookeeper/partitions/1", "/brokers/topics/by-zookeeper/partitions/1/state",
                "/brokers/topics/newcomer", "/brokers/topics/newcomer/partitions",
                "/brokers/topics/newcomer/partitions/0", "/brokers/topics/newcomer/partitions/0/state",
            ],
            paths.Where(path => path.StartsWith("/brokers/topics/", StringComparison.Ordinal)));
        Assert.Equal(
            ["/config/topics/by-zookeeper", "/config/topics/newcomer"],
            paths.Where(path => path.StartsWith("/config/topics/", StringComparison.Ordinal)));
        Assert.All(
            paths.Where(path => path.StartsWith("/config/changes/", StringComparison.Ordinal)),
            path => Assert.Matches(@"^/config/changes/config_change_\d{10}$", path));
        await AssertZnodesAsync();
    }

    public async ValueTask InitializeAsync()
    {
        _zooKeeper = await RealZooKeeper.StartAsync();
        _broker = await new KafkaServerProcess(_scratch.File("broker"), _zooKeeper.ConnectString).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        _scratch.Dispose();
    }

    private async Task AssertClientsWorkAsync()
    {
        (await PythonAsync("newcomer_producer.py", "newcomer")).RequireSuccess();
        var read = (await PythonAsync("newcomer_consumer.py", "newcomer")).RequireSuccess();
        Assert.Equal(100, read.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        using var admin = JsonDocument.Parse((await PythonAsync("kafka_python_admin.py", "admin")).RequireSuccess().Text);
        Assert.Equal(3, admin.RootElement.GetProperty("grown").GetInt32());
        Assert.True(admin.RootElement.GetProperty("deleted").GetBoolean());
    }

    private async Task AssertToolsWorkAsync()
    {
        string[] zooKeeper = ["--zookeeper", _zooKeeper!.ConnectString], broker = ["--bootstrap-server", _broker!.BootstrapServers];
        await TopicsAsync([.. zooKeeper, "--create", "--topic", "by-zookeeper", "--partitions", "1", "--replication-factor", "1",
            "--config", "retention.ms=60000"]);
        await TopicsAsync([.. broker, "--create", "--topic", "by-broker", "--partitions", "2"]);
        await TopicsAsync([.. zooKeeper, "--alter", "--topic", "by-zookeeper", "--partitions", "2"]);
        foreach (var way in new[] { zooKeeper, broker })
        {
            Assert.Equal("by-broker\nby-zookeeper\nnewcomer\n", await TopicsAsync([.. way, "--list"]));
            Assert.Contains("Partition: 1\tLeader: 0\tReplicas: 0\tIsr: 0", await TopicsAsync([.. way, "--describe", "--topic", "by-broker"]));
        }

        await TopicsAsync([.. broker, "--delete", "--topic", "by-broker"]);
        await WaitUntilGoneAsync("by-broker");
        Assert.DoesNotContain("by-broker", await TopicsAsync([.. zooKeeper, "--list"]));
    }

    /// <summary>A deletion is acknowledged once brokers have forgotten the topic; its znodes go one by one a moment later.</summary>
    private Task WaitUntilGoneAsync(string topic) => ThreeBrokers.UntilAsync(
        async () => !(await ListAsync()).Any(path => path.EndsWith($"/{topic}", StringComparison.Ordinal)), $"the end of {topic}");

    private async Task AssertZnodesAsync()
    {
        string[] paths =
        [
            "/brokers/ids/0", "/brokers/topics/by-zookeeper", "/brokers/topics/newcomer", "/brokers/topics/by-zookeeper/partitions/1/state",
            "/config/topics/by-zookeeper", "/config/topics/newcomer", "/cluster/id", "/controller", "/controller_epoch", "/feature",
        ];
        var data = await ReadAsync(paths);
        AssertJson(
            """
            {"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://127.0.0.1:PORT"],
            "jmx_port":-1,"port":PORT,"host":"127.0.0.1","version":5,"timestamp":"TIME"}
            """.Replace("PORT", $"{_broker!.Port}", StringComparison.Ordinal),
            data["/brokers/ids/0"]);
        AssertJson(
            """{"removing_replicas":{},"partitions":{"0":[0],"1":[0]},"topic_id":"ID","adding_replicas":{},"version":3}""",
            data["/brokers/topics/by-zookeeper"]);
        AssertJson(
            """{"removing_replicas":{},"partitions":{"0":[0]},"topic_id":"ID","adding_replicas":{},"version":3}""",
            data["/brokers/topics/newcomer"]);
        AssertJson(
            """{"controller_epoch":1,"leader":0,"version":1,"leader_epoch":0,"isr":[0]}""",
            data["/brokers/topics/by-zookeeper/partitions/1/state"]);
        AssertJson("""{"version":1,"config":{"retention.ms":"60000"}}""", data["/config/topics/by-zookeeper"]);
        AssertJson("""{"version":1,"config":{}}""", data["/config/topics/newcomer"]);
        AssertJson("""{"version":"1","id":"ID"}""", data["/cluster/id"]);
        AssertJson("""{"version":2,"brokerid":0,"timestamp":"TIME","kraftControllerEpoch":-1}""", data["/controller"]);
        Assert.Equal("1", data["/controller_epoch"]);
        AssertJson("""{"version":2,"status":1,"features":{}}""", data["/feature"]);
    }

    /// <summary>The same JSON in any order of keys, where ids and times are what they are.</summary>
    private static void AssertJson(string expected, string actual)
    {
        var masked = Regex.Replace(actual, "\"(topic_id|id)\":\"[A-Za-z0-9_-]{22}\"", "\"$1\":\"ID\"");
        masked = Regex.Replace(masked, "\"timestamp\":\"\\d{13}\"", "\"timestamp\":\"TIME\"");
        using var want = JsonDocument.Parse(expected);
        using var have = JsonDocument.Parse(masked);
        Assert.True(JsonElement.DeepEquals(want.RootElement, have.RootElement), $"expected {expected}\nbut found {actual}");
    }

    private async Task<string[]> ListAsync() =>
        [.. (await CommandLineAsync(["ls -R /"])).Split('\n').Where(line => line.StartsWith('/') && line.Length > 1).Order(StringComparer.Ordinal)];

    /// <summary>The data of znodes: of what the shell prints, the lines that are JSON or numbers.</summary>
    private async Task<Dictionary<string, string>> ReadAsync(string[] paths)
    {
        var said = await CommandLineAsync([.. paths.Select(path => $"get {path}")]);
        var data = said.Split('\n').Where(line => line.StartsWith('{') || int.TryParse(line, out _)).ToArray();
        Assert.Equal(paths.Length, data.Length);
        return paths.Zip(data).ToDictionary();
    }

    private async Task<string> CommandLineAsync(string[] commands) =>
        (await _zooKeeper!.CommandLineAsync(commands)).RequireSuccess().Text;

    private static async Task<string> TopicsAsync(string[] arguments) =>
        (await ChildProcess.RunAsync(RepositoryLayout.Script("kafka-topics.sh"), arguments)).RequireSuccess().Text;

    private Task<CommandOutcome> PythonAsync(string program, string topic) =>
        ChildProcess.RunAsync("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Clients", program), _broker!.BootstrapServers, topic]);
}
