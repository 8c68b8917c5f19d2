using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// <c>--output</c> of every tool that prints facts, against a broker: JSON has what the broker has, YAML has the same list, and a table has a
/// line for each.
/// </summary>
public sealed class OutputFormTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private string _bootstrap = "";

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Every_tool_that_prints_facts_prints_them_as_JSON_table_and_YAML()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = await new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string>
            {
                ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
                ["allow.everyone.if.no.acl.found"] = "true",
                ["super.users"] = "User:ANONYMOUS",
            }).StartAsync();
        _bootstrap = broker.BootstrapServers;
        await MakeAsync();
        await TopicsAndConfigsAsync();
        await GroupsAndOffsetsAsync();
        await BrokersAsync(broker);
        await AccessAsync();
        await ChangesAsync();
        await RefusalsAsync();
    }

    private async Task MakeAsync()
    {
        var created = await JsonAsync("topics", "kafka-topics", "--create", "--topic", "t", "--partitions", "2", "--config", "retention.ms=7200000");
        Assert.Equal("""[{"name":"t","action":"created"}]""", created.GetRawText());
        await using var producer = new KafkaProducer<string?, string?>(
            new ProducerConfig { BootstrapServers = _bootstrap, TransactionalId = "tx" }, Serdes.String, Serdes.String);
        await producer.InitTransactionsAsync();
        producer.BeginTransaction();
        await producer.ProduceAsync(new("t", "k", "v") { Partition = 0 });
        await producer.SendOffsetsToTransactionAsync(
            new Dictionary<TopicPartition, OffsetAndMetadata> { [new TopicPartition("t", 0)] = new(1) }, new ConsumerGroupMetadata("g"));
        await producer.CommitTransactionAsync();

        // The coordinator answers before it has written the markers and noted the end.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!(await RunAsync("kafka-transactions", "list")).Contains("CompleteCommit", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    private async Task TopicsAndConfigsAsync()
    {
        var listed = await JsonAsync("topics", "kafka-topics", "--list", "--topic", "t");
        Assert.Equal("t", Assert.Single(listed.EnumerateArray()).GetProperty("name").GetString());
        var described = Assert.Single((await JsonAsync("topics", "kafka-topics", "--describe", "--topic", "t")).EnumerateArray());
        Assert.Equal("""{"retention.ms":"7200000"}""", described.GetProperty("configs").GetRawText());
        Assert.Equal("[0]", described.GetProperty("partitions")[1].GetProperty("isr").GetRawText());
        var configs = Assert.Single((await JsonAsync("entities", "kafka-configs", "--describe", "--topic", "t")).EnumerateArray());
        Assert.Equal("DYNAMIC_TOPIC_CONFIG", configs.GetProperty("configs")[0].GetProperty("source").GetString());
        Assert.Equal("7200000", configs.GetProperty("configs")[0].GetProperty("value").GetString());
        await RunAsync("kafka-configs", "--alter", "--user", "u", "--add-config", "SCRAM-SHA-256=[password=p]");
        await RunAsync("kafka-configs", "--alter", "--user", "u", "--add-config", "producer_byte_rate=1024");
        Assert.Equal(
            """[{"entity":{"user":"u"},"values":{"producer_byte_rate":1024}}]""",
            (await JsonAsync("quotas", "kafka-configs", "--describe", "--user", "u")).GetRawText());
        Assert.Equal(
            """[{"user":"u","mechanisms":[{"mechanism":"SCRAM-SHA-256","iterations":4096}],"error":null}]""",
            (await JsonAsync("credentials", "kafka-configs", "--describe", "--user", "u")).GetRawText());
    }

    private async Task GroupsAndOffsetsAsync()
    {
        Assert.Equal(
            """[{"group":"g","type":"classic","state":"Empty","error":null}]""",
            (await JsonAsync("groups", "kafka-consumer-groups", "--list")).GetRawText());
        var group = (await JsonAsync("groups", "kafka-consumer-groups", "--describe", "--group", "g"))[0];
        Assert.Equal(1, group.GetProperty("offsets")[0].GetProperty("currentOffset").GetInt64());
        var offsets = await JsonAsync("offsets", "kafka-get-offsets", "--topic", "t");
        Assert.Equal([2, 0], offsets.EnumerateArray().Select(offset => offset.GetProperty("offset").GetInt64()));
        var transaction = Assert.Single((await JsonAsync("transactions", "kafka-transactions", "list")).EnumerateArray());
        Assert.Equal(("tx", "CompleteCommit"), (
            transaction.GetProperty("transactionalId").GetString(), transaction.GetProperty("transactionState").GetString()));
        var described = (await JsonAsync("transactions", "kafka-transactions", "describe", "--transactional-id", "tx"))[0];
        Assert.Equal(JsonValueKind.Array, described.GetProperty("topicPartitions").ValueKind);
        Assert.Equal(1, (await JsonAsync("producers", "kafka-transactions", "describe-producers", "--topic", "t", "--partition", "0")).GetArrayLength());
        Assert.Equal(0, (await JsonAsync("hangingTransactions", "kafka-transactions", "find-hanging", "--topic", "t")).GetArrayLength());
    }

    private async Task BrokersAsync(KafkaServerProcess broker)
    {
        var logDir = Assert.Single((await JsonAsync("logDirs", "kafka-log-dirs", "--describe", "--topic-list", "t")).EnumerateArray());
        Assert.Equal(broker.DataDirectory, logDir.GetProperty("logDir").GetString());
        Assert.Equal(2, logDir.GetProperty("partitions").GetArrayLength());
        var versions = Assert.Single((await JsonAsync("brokers", "kafka-broker-api-versions")).EnumerateArray());
        var produce = versions.GetProperty("apis")[0];
        Assert.Equal(
            ("Produce", 11), (produce.GetProperty("name").GetString(), produce.GetProperty("usable").GetInt32()));
        Assert.Equal(22, (await JsonAsync("clusterId", "kafka-cluster", "cluster-id")).GetString()!.Length);
        Assert.Equal(0, (await JsonAsync("features", "kafka-features", "describe")).GetArrayLength());
    }

    private async Task AccessAsync()
    {
        var added = await JsonAsync("acls", "kafka-acls", "--add", "--allow-principal", "User:a", "--operation", "Read", "--topic", "t");
        Assert.Equal("added", added[0].GetProperty("action").GetString());
        Assert.Equal(
            """[{"resourceType":"TOPIC","resourceName":"t","patternType":"LITERAL","principal":"User:a","host":"*","operation":"READ","permissionType":"ALLOW"}]""",
            (await JsonAsync("acls", "kafka-acls", "--list")).GetRawText());
        var removed = await JsonAsync("acls", "kafka-acls", "--remove", "--force", "--topic", "t");
        Assert.Equal("removed", removed[0].GetProperty("action").GetString());
    }

    private async Task ChangesAsync()
    {
        Assert.Equal(0, (await JsonAsync("reassignments", "kafka-reassign-partitions", "--list")).GetArrayLength());
        var plan = _scratch.File("plan.json");
        await File.WriteAllTextAsync(plan, """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[0]}]}""");
        Assert.Equal(
            """[{"topic":"t","partition":0,"state":"completed","replicas":[0],"targetReplicas":[0]}]""",
            (await JsonAsync("partitions", "kafka-reassign-partitions", "--verify", "--reassignment-json-file", plan)).GetRawText());
        var elected = await JsonAsync(
            "partitions", "kafka-leader-election", "--election-type", "preferred", "--topic", "t", "--partition", "0");
        Assert.Equal("not needed", elected[0].GetProperty("outcome").GetString());
        var offsets = _scratch.File("offsets.json");
        await File.WriteAllTextAsync(offsets, """{"version":1,"partitions":[{"topic":"t","partition":0,"offset":1}]}""");
        Assert.Equal(
            """[{"topic":"t","partition":0,"lowWatermark":1,"error":null}]""",
            (await JsonAsync("partitions", "kafka-delete-records", "--offset-json-file", offsets)).GetRawText());
        var results = await JsonAsync(
            "results", ["kafka-producer-perf-test", "--topic", "t", "--num-records", "10", "--record-size", "10", "--throughput", "-1", "--producer-props", $"bootstrap.servers={_bootstrap}"]);
        Assert.Equal(10, results[0].GetProperty("records").GetInt64());
    }

    /// <summary>What brokers with ZooKeeper, or this one, refuse: an error in the document, and Kafka's exit code.</summary>
    private async Task RefusalsAsync()
    {
        (string, string[], string?)[] refusals =
        [
            ("kafka-client-metrics", ["--list"], null),
            ("kafka-metadata-quorum", ["describe", "--status"], null),
            ("kafka-delegation-tokens", ["--describe"], "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED"),
            ("kafka-delete-records", ["--offset-json-file", "/nowhere"], null),
        ];
        foreach (var (tool, words, code) in refusals)
        {
            var (exitCode, output, _) = await ToolSession.RunAsync(
                [tool, "--bootstrap-server", _bootstrap, .. words, .. tool == "kafka-delegation-tokens" ? ["--command-config", "/dev/null"] : Array.Empty<string>(), "--output", "json"], "");
            using var document = JsonDocument.Parse(output);
            Assert.Equal(1, exitCode);
            Assert.Equal(code, document.RootElement.GetProperty("error").GetProperty("code").GetString());
        }
    }

    private Task<JsonElement> JsonAsync(string list, string tool, params string[] words) => JsonAsync(list, Connected(tool, words));

    /// <summary>A list of the JSON document; where the command changes nothing, the other forms are asked for as well.</summary>
    private async Task<JsonElement> JsonAsync(string list, string[] words)
    {
        var json = await RunAsync([.. words, "--output", "json"]);
        using var document = JsonDocument.Parse(json);
        if (!words.Any(word => word is "--create" or "--add" or "--remove" or "--num-records" or "--offset-json-file"))
        {
            Assert.Contains($"{list}:", await RunAsync([.. words, "--output", "yaml"]), StringComparison.Ordinal);
            var table = await RunAsync([.. words, "--output", "table"]);
            var section = document.RootElement.GetProperty(list);
            var lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(section.ValueKind != JsonValueKind.Array || section.GetArrayLength() == 0 || lines.Length > section.GetArrayLength(), table);
        }

        return document.RootElement.GetProperty(list).Clone();
    }

    private Task<string> RunAsync(string tool, params string[] words) => RunAsync(Connected(tool, words));

    private static async Task<string> RunAsync(string[] words)
    {
        var (exitCode, output, error) = await ToolSession.RunAsync(words, "");
        Assert.True(exitCode == 0, $"{string.Join(' ', words)}\n{output}\n{error}");
        return output;
    }

    /// <summary>The command with the broker's address; tools with commands want it behind or before theirs.</summary>
    private string[] Connected(string tool, string[] words) => tool is "kafka-cluster"
        ? [tool, .. words, "--bootstrap-server", _bootstrap]
        : [tool, "--bootstrap-server", _bootstrap, .. words];
}
