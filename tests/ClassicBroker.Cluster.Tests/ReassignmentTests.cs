using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Replicas moved between brokers by kafka-reassign-partitions: throttled, under load, while brokers bounce, and called off.</summary>
public sealed partial class ReassignmentTests : IDisposable
{
    private const int BulkPartitions = 19;

    private const string RateOfLeaders = "leader.replication.throttled.rate";

    /// <summary>Small, so that a limit is met long before a move is done.</summary>
    private static readonly Dictionary<string, string> SmallFetches = new()
    {
        ["replica.fetch.max.bytes"] = "20000",
        ["replica.fetch.response.max.bytes"] = "200000",
    };

    /// <summary>A limit of a byte a second lets one response through, and then none for longer than a test takes.</summary>
    private static readonly Dictionary<string, string> LongWindows = new(SmallFetches)
    {
        ["replication.quota.window.size.seconds"] = "3600",
    };

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Twenty_partitions_move_while_brokers_bounce_and_a_move_called_off_leaves_what_was(SecurityProfile profile)
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile, LongWindows);
        await CreateAsync(cluster, "bulk", [.. Enumerable.Range(0, BulkPartitions).Select(Here)]);
        await CreateAsync(cluster, "load", [Here(BulkPartitions)]);
        await FillAsync(cluster, "bulk", records: 20_000);
        await using var load = await AckedLoad.StartAsync(
            cluster.BootstrapServers, "load", _scratch.File("acked"), idempotent: true, cluster.Security.Client);

        var there = await PlanAsync("there.json", There);
        Assert.Contains("Successfully started partition reassignments for bulk-0,bulk-1,", await ReassignAsync(cluster, there, "--execute"));
        await cluster.Brokers[0].KillAsync();
        await cluster.Brokers[0].StartAsync();
        Assert.Equal(0, await cluster.Brokers[1].StopAsync());
        await cluster.Brokers[1].StartAsync();
        await WaitUntilCompleteAsync(cluster, there, "--preserve-throttles");
        await AssertReplicasAsync(cluster, There);
        await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(60));

        // So slow that it cannot end by itself, from its first fetch on.
        await LimitAsync(cluster, bytesPerSecond: 1);
        var back = await PlanAsync("back.json", Here);
        await ReassignAsync(cluster, back, "--execute", "--throttle", "1");
        var bounced = await cluster.ControllerAsync();
        await bounced.KillAsync();
        await bounced.StartAsync();
        Assert.Contains("Current partition reassignments:", await cluster.ToolAsync("kafka-reassign-partitions.sh", "--list"));
        var cancelled = await ReassignAsync(cluster, back, "--cancel");
        var names = Cancelled().Match(cancelled).Groups[1].Value.Split(',');
        Assert.True(names.Contains("load-0"), cancelled);
        Assert.Equal("No partition reassignments found.\n", await cluster.ToolAsync("kafka-reassign-partitions.sh", "--list"));

        // What was done before is not called off.
        await AssertReplicasAsync(cluster, index => names.Contains(NameOf(index)) ? There(index) : Here(index));
        AckedLoad.AssertNothingLost(
            await load.StopAsync(), await AckedLoad.ReadAllAsync(cluster.BootstrapServers, "load", cluster.Security.Client));
    }

    /// <summary>What followers fetch and leaders send of throttled replicas stays near the limit, and the limit goes with the move.</summary>
    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task A_throttled_move_keeps_to_its_limit_and_is_done_once_the_limit_is_raised(SecurityProfile profile)
    {
        const int BytesPerSecond = 50_000;
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile, SmallFetches);
        await CreateAsync(cluster, "load", [[0]]);
        await FillAsync(cluster, "load", records: 40_000);
        var size = ThreeBrokers.BytesOf(cluster.Brokers[0], "load-0").Length;
        Assert.True(size > 200 * BytesPerSecond, $"{size} bytes are too few");

        var plan = _scratch.File("there.json");
        await File.WriteAllTextAsync(plan, """{"version":1,"partitions":[{"topic":"load","partition":0,"replicas":[1]}]}""");
        var executed = await ReassignAsync(cluster, plan, "--execute", "--throttle", $"{BytesPerSecond}");
        Assert.Contains($"The inter-broker throttle limit was set to {BytesPerSecond} B/s", executed);
        await Task.Delay(TimeSpan.FromSeconds(5));
        Assert.Contains("is still in progress.", await ReassignAsync(cluster, plan, "--verify", "--preserve-throttles"));

        // Windows of the quota let a burst through before the first of them is full, and a fetch under way is not cut short.
        var moved = ThreeBrokers.BytesOf(cluster.Brokers[1], "load-0").Length;
        Assert.InRange(moved, 1, size / 2);
        Assert.Contains(
            $"{RateOfLeaders}={BytesPerSecond}", await DescribeBrokerAsync(cluster, 0));

        await ReassignAsync(cluster, plan, "--execute", "--additional", "--throttle", "1000000000");
        await WaitUntilCompleteAsync(cluster, plan, "--preserve-throttles");
        var verified = await ReassignAsync(cluster, plan, "--verify");
        Assert.Contains("Clearing broker-level throttles on brokers 0,1,2", verified);
        Assert.Contains("Clearing topic-level throttles on topic load", verified);
        await ThreeBrokers.UntilAsync(
            async () => !(await DescribeBrokerAsync(cluster, 0)).Contains("throttled.rate", StringComparison.Ordinal), "the limit to be gone");
        Assert.Equal(size, ThreeBrokers.BytesOf(cluster.Brokers[1], "load-0").Length);
    }

    /// <summary>The limits reach brokers by ZooKeeper too, and so do the plan, and the end of both.</summary>
    [Fact]
    public async Task A_move_asked_of_ZooKeeper_is_throttled_and_done_once_the_limit_is_raised()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, properties: LongWindows);
        await cluster.ToolAsync(
            "kafka-topics.sh", "--create", "--topic", "load", "--config", "min.insync.replicas=1", "--replica-assignment", "0");
        await FillAsync(cluster, "load", records: 40_000);
        var plan = _scratch.File("there.json");
        await File.WriteAllTextAsync(plan, """{"version":1,"partitions":[{"topic":"load","partition":0,"replicas":[1]}]}""");

        Assert.EndsWith(
            "The inter-broker throttle limit was set to 1 B/s\nSuccessfully started reassignment of partitions.\n",
            await ReassignAsync("--execute", "--throttle", "1"));
        await ThreeBrokers.UntilAsync(
            async () => (await DescribeBrokerAsync(cluster, 0)).Contains($"{RateOfLeaders}=1 ", StringComparison.Ordinal), "the limit");
        Assert.Equal(
            "Status of partition reassignment: \nReassignment of partition load-0 is still in progress\n", await ReassignAsync("--verify"));
        Assert.Equal("There is an existing assignment running.\n", await ReassignAsync("--execute", "--throttle", "1000000000"));

        var verified = "";
        await ThreeBrokers.UntilAsync(
            async () => !(verified = await ReassignAsync("--verify")).Contains("still in progress", StringComparison.Ordinal),
            "the reassignment to complete");
        Assert.Equal(
            "Status of partition reassignment: \nReassignment of partition load-0 completed successfully\nThrottle was removed.\n", verified);
        await ThreeBrokers.UntilAsync(
            async () => !(await DescribeBrokerAsync(cluster, 0)).Contains("throttled.rate", StringComparison.Ordinal), "the limit to be gone");
        Assert.DoesNotContain("throttled.replicas", await cluster.DescribeAsync("load"));

        async Task<string> ReassignAsync(params string[] arguments) => (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-reassign-partitions.sh"),
            ["--zookeeper", cluster.ZooKeeper.ConnectString, "--reassignment-json-file", plan, .. arguments])).RequireSuccess().Text;
    }

    private static string NameOf(int index) => index == BulkPartitions ? "load-0" : $"bulk-{index}";

    private static int[] Here(int index) => [index % 3, (index + 1) % 3];

    private static int[] There(int index) => [(index + 1) % 3, (index + 2) % 3];

    /// <summary>All replicas are subject to the limits of brokers, which have none at first.</summary>
    private static Task CreateAsync(ThreeBrokers cluster, string topic, int[][] replicas) => cluster.ToolAsync(
        "kafka-topics.sh", "--create", "--topic", topic, "--config", $"min.insync.replicas={replicas[0].Length}",
        "--config", "leader.replication.throttled.replicas=*", "--config", "follower.replication.throttled.replicas=*", "--replica-assignment",
        string.Join(',', replicas.Select(ids => string.Join(':', ids))));

    /// <summary>Ends when every broker has heard of the limit, which a broker does a moment after it was set.</summary>
    private static async Task LimitAsync(ThreeBrokers cluster, int bytesPerSecond)
    {
        foreach (var broker in cluster.Brokers)
        {
            await cluster.ToolAsync(
                "kafka-configs.sh", "--alter", "--entity-type", "brokers", "--entity-name", $"{broker.BrokerId}", "--add-config",
                $"{RateOfLeaders}={bytesPerSecond},follower.replication.throttled.rate={bytesPerSecond}");
        }

        foreach (var broker in cluster.Brokers)
        {
            await ThreeBrokers.UntilAsync(
                async () => (await DescribeBrokerAsync(cluster, broker.BrokerId)).Contains($"{RateOfLeaders}={bytesPerSecond}", StringComparison.Ordinal),
                $"broker {broker.BrokerId} to have its limit");
        }
    }

    private static Task<string> DescribeBrokerAsync(ThreeBrokers cluster, int broker) =>
        cluster.ToolAsync("kafka-configs.sh", "--describe", "--entity-type", "brokers", "--entity-name", $"{broker}");

    private static async Task FillAsync(ThreeBrokers cluster, string topic, int records) => (await ChildProcess.RunAsync(
        RepositoryLayout.Script("kafka-producer-perf-test.sh"),
        [
            "--topic", topic, "--num-records", $"{records}", "--record-size", "500", "--throughput", "-1", "--producer-props", "acks=all",
            $"bootstrap.servers={cluster.BootstrapServers}", .. cluster.Security.Client.Arguments("--producer.config"),
        ])).RequireSuccess();

    /// <summary>A file that gives each partition of both topics its replicas.</summary>
    private async Task<string> PlanAsync(string file, Func<int, int[]> replicas)
    {
        var entries = Enumerable.Range(0, BulkPartitions).Select(partition => Entry("bulk", partition, replicas(partition)))
            .Append(Entry("load", 0, replicas(BulkPartitions)));
        var path = _scratch.File(file);
        await File.WriteAllTextAsync(path, $$"""{"version":1,"partitions":[{{string.Join(',', entries)}}]}""");
        return path;

        static string Entry(string topic, int partition, int[] ids) =>
            $$"""{"topic":"{{topic}}","partition":{{partition}},"replicas":[{{string.Join(',', ids)}}]}""";
    }

    private static Task<string> ReassignAsync(ThreeBrokers cluster, string plan, params string[] arguments) =>
        cluster.ToolAsync("kafka-reassign-partitions.sh", ["--reassignment-json-file", plan, .. arguments]);

    private static Task WaitUntilCompleteAsync(ThreeBrokers cluster, string plan, params string[] arguments) => ThreeBrokers.UntilAsync(
        async () => !(await ReassignAsync(cluster, plan, ["--verify", .. arguments])).Contains("still in progress", StringComparison.Ordinal),
        "the reassignment to complete");

    /// <summary>Brokers hear of the end of a move a moment after the controller has ended it.</summary>
    private static async Task AssertReplicasAsync(ThreeBrokers cluster, Func<int, int[]> replicas)
    {
        var expected = Enumerable.Range(0, BulkPartitions + 1).Select(index => string.Join(',', replicas(index))).ToArray();
        var described = "";
        await ThreeBrokers.UntilAsync(
            async () =>
            {
                described = await cluster.DescribeAsync("bulk") + await cluster.DescribeAsync("load");
                var found = Described().Matches(described);
                return found.Select(match => match.Groups[1].Value).SequenceEqual(expected)
                    && found.All(match => match.Groups[1].Value.Split(',').Length == match.Groups[2].Value.Split(',').Length)
                    && !described.Contains("Adding Replicas", StringComparison.Ordinal);
            },
            () => $"replicas {string.Join(' ', expected)}, all in sync:\n{described}");
    }

    [GeneratedRegex(@"Partition: \d+\s.*Replicas: ([\d,]+)\s*Isr: ([\d,]+)")]
    private static partial Regex Described();

    [GeneratedRegex("Successfully cancelled partition reassignments? for: (.+)")]
    private static partial Regex Cancelled();

    public void Dispose() => _scratch.Dispose();
}
