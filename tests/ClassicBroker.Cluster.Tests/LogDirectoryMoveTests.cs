using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A replica moves between the log directories of a broker, as <c>kafka-reassign-partitions</c> asks for it (KIP-113).</summary>
public sealed class LogDirectoryMoveTests : IDisposable
{
    private const int Lines = 10_000;
    private const string Throttle = "--replica-alter-log-dirs-throttle";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task A_throttled_move_survives_a_kill_and_ends_with_every_record()
    {
        string[] directories = [_scratch.File("a"), _scratch.File("b")];
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                ["log.dirs"] = string.Join(',', directories),
                ["zookeeper.session.timeout.ms"] = "1000",
                ["log.segment.bytes"] = "1100000",
            });
        await broker.StartAsync();
        await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "moved");
        var written = await WriteAsync(broker, first: 0, count: Lines);
        var source = directories.Single(directory => Directory.Exists(Path.Join(directory, "moved-0")));
        var destination = directories.Single(directory => directory != source);
        var plan = _scratch.File("plan.json");
        await File.WriteAllTextAsync(
            plan,
            $$"""{"version":1,"partitions":[{"topic":"moved","partition":0,"replicas":[0],"log_dirs":["{{destination}}"]}]}""");

        // Slow enough that the broker is killed in the middle of it.
        var executed = await ReassignAsync(broker, plan, "--execute", Throttle, "1000");
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

    private static async Task<string> ReassignAsync(KafkaServerProcess broker, string plan, params string[] arguments) =>
        (await Tool.RunAsync(
            "kafka-reassign-partitions.sh",
            ["--bootstrap-server", broker.BootstrapServers, "--reassignment-json-file", plan, .. arguments])).Text;

    private static async Task<string> DescribeAsync(KafkaServerProcess broker) =>
        (await Tool.RunAsync(
            "kafka-log-dirs.sh", "--bootstrap-server", broker.BootstrapServers, "--describe", "--topic-list", "moved")).Text;

    /// <summary>Writes numbered lines of 500 bytes; returns them.</summary>
    private static async Task<string> WriteAsync(KafkaServerProcess broker, int first, int count)
    {
        var lines = string.Concat(Enumerable.Range(first, count).Select(number => $"{number} ".PadRight(499, 'x') + "\n"));
        await KcatAsync(broker, Encoding.UTF8.GetBytes(lines), "-P");
        return lines;
    }

    private static async Task<string> ReadAsync(KafkaServerProcess broker) =>
        (await KcatAsync(broker, default, "-C", "-o", "beginning", "-e", "-q")).Text;

    private static async Task<CommandOutcome> KcatAsync(
        KafkaServerProcess broker, ReadOnlyMemory<byte> input, params string[] arguments) =>
        (await ChildProcess.RunAsync("kcat", ["-b", broker.BootstrapServers, "-t", "moved", "-p", "0", .. arguments], input))
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
