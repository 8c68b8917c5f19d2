using System.Text;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A replica moves between the log directories of a broker, as <c>kafka-reassign-partitions</c> asks for it (KIP-113).</summary>
public sealed class LogDirectoryMoveTests : IDisposable
{
    private const int Lines = 10_000;
    private const string Throttle = "--replica-alter-log-dirs-throttle";
    private const string ThrottleKey = "replica.alter.log.dirs.io.max.bytes.per.second";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();
    private ClientCredentials _client = ClientCredentials.None;

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task A_throttled_move_survives_a_kill_and_ends_with_every_record(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        string[] directories = [_scratch.File("a"), _scratch.File("b")];
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        _client = security.Client;
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                ["log.dirs"] = string.Join(',', directories),
                ["zookeeper.session.timeout.ms"] = "1000",
                ["log.segment.bytes"] = "1100000",
                // One fetch, and then nothing for longer than the test takes.
                ["alter.log.dirs.replication.quota.window.size.seconds"] = "3600",
            }));
        await broker.StartAsync();
        await ToolAsync("kafka-topics.sh", broker, "--create", "--topic", "moved");
        var written = await WriteAsync(broker, first: 0, count: Lines);
        var source = directories.Single(directory => Directory.Exists(Path.Join(directory, "moved-0")));
        var destination = directories.Single(directory => directory != source);
        var plan = _scratch.File("plan.json");
        await File.WriteAllTextAsync(
            plan,
            $$"""{"version":1,"partitions":[{"topic":"moved","partition":0,"replicas":[0],"log_dirs":["{{destination}}"]}]}""");

        // Slow enough that the broker is killed in the middle of it; a broker hears of a limit a moment after it was set.
        string[] brokerConfigs = ["--entity-type", "brokers", "--entity-name", "0"];
        await ToolAsync("kafka-configs.sh", broker, [.. brokerConfigs, "--alter", "--add-config", $"{ThrottleKey}=1"]);
        await ThreeBrokers.UntilAsync(
            async () => (await ToolAsync("kafka-configs.sh", broker, [.. brokerConfigs, "--describe"])).Contains($"{ThrottleKey}=1", StringComparison.Ordinal),
            "the limit");
        var executed = await ReassignAsync(broker, plan, "--execute", Throttle, "1");
        Assert.Contains($"Successfully started moving log directory to {destination} for replica moved-0 with broker 0", executed);
        var future = Assert.Single(Directory.GetDirectories(destination, "moved-0.*-future"));
        Assert.Contains("\"isFuture\":true", await DescribeAsync(broker));
        var verified = await ReassignAsync(broker, plan, "--verify", "--preserve-throttles");
        Assert.Contains("Reassignment of replica moved-0-0 is still in progress.", verified);
        Assert.Equal(written, await ReadAsync(broker));

        await broker.KillAsync();
        await broker.StartAsync();
        Assert.Equal(future, Assert.Single(Directory.GetDirectories(destination, "moved-0*")));
        written += await WriteAsync(broker, first: Lines, count: 100);
        await ReassignAsync(broker, plan, "--execute", Throttle, "100000000");
        await WaitForDirectoryAsync(Path.Join(destination, "moved-0"));

        Assert.Contains("Reassignment of replica moved-0-0 completed successfully.", await ReassignAsync(broker, plan, "--verify"));
        Assert.False(Directory.Exists(future) || Directory.Exists(Path.Join(source, "moved-0")));
        Assert.DoesNotContain("\"isFuture\":true", await DescribeAsync(broker));
        Assert.Equal(written, await ReadAsync(broker));
        await broker.KillAsync();
        await broker.StartAsync();

        // Producers wait until the controller has told the broker what it leads; kcat's consumer does not.
        written += await WriteAsync(broker, first: Lines + 100, count: 1);
        Assert.Equal(written, await ReadAsync(broker));
    }

    private Task<string> ReassignAsync(KafkaServerProcess broker, string plan, params string[] arguments) =>
        ToolAsync("kafka-reassign-partitions.sh", broker, ["--reassignment-json-file", plan, .. arguments]);

    private Task<string> DescribeAsync(KafkaServerProcess broker) =>
        ToolAsync("kafka-log-dirs.sh", broker, "--describe", "--topic-list", "moved");

    private async Task<string> ToolAsync(string script, KafkaServerProcess broker, params string[] arguments) =>
        (await Tool.RunAsync(script, ["--bootstrap-server", broker.BootstrapServers, .. _client.Arguments(), .. arguments])).Text;

    /// <summary>Writes numbered lines of 500 bytes; returns them.</summary>
    private async Task<string> WriteAsync(KafkaServerProcess broker, int first, int count)
    {
        var lines = string.Concat(Enumerable.Range(first, count).Select(number => $"{number} ".PadRight(499, 'x') + "\n"));
        await KcatAsync(broker, Encoding.UTF8.GetBytes(lines), "-P");
        return lines;
    }

    private async Task<string> ReadAsync(KafkaServerProcess broker) =>
        (await KcatAsync(broker, default, "-C", "-o", "beginning", "-e", "-q")).Text;

    private async Task<CommandOutcome> KcatAsync(
        KafkaServerProcess broker, ReadOnlyMemory<byte> input, params string[] arguments) =>
        (await ChildProcess.RunAsync(
            "kcat", ["-b", broker.BootstrapServers, "-t", "moved", "-p", "0", .. arguments], input, environment: _client.Environment))
            .RequireSuccess();

    private static async Task WaitForDirectoryAsync(string path)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!Directory.Exists(path))
        {
            await Task.Delay(50, limit.Token);
        }
    }

    public void Dispose() => _scratch.Dispose();
}
