using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary><c>scripts/cluster.sh</c>: a cluster to try things on, from <c>up</c> to <c>down</c>.</summary>
public sealed partial class LocalClusterScriptTests : IAsyncLifetime
{
    private const int Size = 3;
    private const int Killed = 1;

    private readonly ScratchDirectory _scratch = new();
    private readonly int _zooKeeperPort = LoopbackPorts.Next();
    private readonly int _kafkaPort = NeighbouringPorts(Size);

    private int _stopSeconds = 60;

    public ValueTask InitializeAsync()
    {
        RepositoryLayout.RequireDistribution();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_cluster_comes_up_loses_a_broker_gets_it_back_and_leaves_nothing()
    {
        var nothing = $"No cluster in {ClusterDirectory}.\n";
        Assert.Equal(nothing, await OutputAsync("status"));

        var up = await OutputAsync("up", $"{Size}");
        var servers = string.Join(',', Enumerable.Range(_kafkaPort, Size).Select(port => $"127.0.0.1:{port}"));
        Assert.EndsWith($"Bootstrap servers: {servers}\n", up);
        var running = ProcessesOf(await OutputAsync("status"));
        Assert.Equal(["zookeeper", "broker-0", "broker-1", "broker-2"], running.Keys);
        Assert.Matches(@"\nThe controller is broker-[0-2]\n$", await OutputAsync("status"));

        await Tool.RunAsync(
            "kafka-topics.sh", "--bootstrap-server", servers, "--create", "--topic", "t", "--partitions", "1", "--replication-factor", $"{Size}");
        await ProduceAsync(servers, "before");
        Assert.Equal("before\n", await ConsumeAsync(servers, 1));

        Assert.Equal($"broker-{Killed} is killed\n", await OutputAsync("kill", $"{Killed}"));
        var left = await OutputAsync("status");
        Assert.Contains($"\nbroker-{Killed} is down\n", left);
        Assert.Equal(running.Where(process => process.Key != $"broker-{Killed}"), ProcessesOf(left));
        var again = await RunAsync("kill", $"{Killed}");
        Assert.Equal((1, $"broker-{Killed} does not run.\n"), (again.ExitCode, again.StandardError));

        // A process that got the number of the one that was killed is not taken for it.
        await File.WriteAllTextAsync(Path.Combine(ClusterDirectory, $"broker-{Killed}", "pid"), $"{Environment.ProcessId}\n");
        Assert.Equal(left, await OutputAsync("status"));

        await ProduceAsync(servers, "without");
        Assert.StartsWith($"broker-{Killed} listens on 127.0.0.1:{_kafkaPort + Killed}\n", await OutputAsync("up", $"{Size}"));
        Assert.Equal(running.Keys, ProcessesOf(await OutputAsync("status")).Keys);
        Assert.Equal("before\nwithout\n", await ConsumeAsync($"127.0.0.1:{_kafkaPort + Killed}", 2));

        Assert.Equal("broker-0 has stopped\nbroker-1 has stopped\nbroker-2 has stopped\nzookeeper has stopped\n", await OutputAsync("down"));
        Assert.False(Directory.Exists(ClusterDirectory));
        Assert.Empty(ProcessesThatName(ClusterDirectory));
        Assert.Equal(nothing, await OutputAsync("status"));
        Assert.Equal("", await OutputAsync("down"));
    }

    [Fact]
    public async Task What_does_not_stop_is_killed()
    {
        var broker = Path.Combine(ClusterDirectory, "broker-0");
        Directory.CreateDirectory(broker);
        using var deaf = Process.Start(new ProcessStartInfo("bash")
        {
            ArgumentList = { "-c", $"trap '' TERM; echo $$ > {broker}/pid; echo deaf; while sleep 0.1; do :; done" },
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("deaf", await deaf.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        _stopSeconds = 1;
        Assert.Equal("broker-0 did not stop within 1 s and is killed\n", await OutputAsync("down"));
        Assert.False(Directory.Exists(ClusterDirectory));
    }

    [Theory]
    [InlineData("up")]
    [InlineData("up", "0")]
    [InlineData("kill", "x")]
    [InlineData("status", "1")]
    [InlineData("start")]
    public async Task What_it_does_not_know_it_answers_with_its_usage(params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("scripts/cluster.sh up N", outcome.StandardError);
        Assert.False(Directory.Exists(ClusterDirectory));
    }

    private string ClusterDirectory => _scratch.File("cluster");

    private static int NeighbouringPorts(int count)
    {
        while (true)
        {
            var first = LoopbackPorts.Next();
            if (Enumerable.Range(first + 1, count - 1).All(port => LoopbackPorts.Next() == port))
            {
                return first;
            }
        }
    }

    /// <summary>What runs, by name, in the order told.</summary>
    private static Dictionary<string, int> ProcessesOf(string status) => Running().Matches(status).ToDictionary(
        match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    private static IEnumerable<string> ProcessesThatName(string path)
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(each => char.IsAsciiDigit(each[^1])))
        {
            string command;
            try
            {
                command = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
                continue;
            }

            if (command.Contains(path, StringComparison.Ordinal))
            {
                yield return command.Replace('\0', ' ');
            }
        }
    }

    private static async Task ProduceAsync(string servers, string value) => (await ChildProcess.RunAsync(
        RepositoryLayout.Script("kafka-console-producer.sh"),
        ["--bootstrap-server", servers, "--topic", "t", "--request-required-acks", "all"],
        Encoding.UTF8.GetBytes($"{value}\n"))).RequireSuccess();

    private static async Task<string> ConsumeAsync(string servers, int count) => (await Tool.RunAsync(
        "kafka-console-consumer.sh", "--bootstrap-server", servers, "--topic", "t", "--from-beginning", "--max-messages", $"{count}")).Text;

    private async Task<string> OutputAsync(params string[] arguments) => (await RunAsync(arguments)).RequireSuccess().Text;

    private Task<CommandOutcome> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        RepositoryLayout.Script("cluster.sh"), arguments, environment: new Dictionary<string, string>
        {
            ["CLUSTER_DIR"] = ClusterDirectory,
            ["ZOOKEEPER_PORT"] = $"{_zooKeeperPort}",
            ["KAFKA_PORT"] = $"{_kafkaPort}",
            ["STOP_SECONDS"] = $"{_stopSeconds}",
        });

    [GeneratedRegex(@"^(\S+) runs as process (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Running();
}
