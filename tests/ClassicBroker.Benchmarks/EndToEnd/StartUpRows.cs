using System.Diagnostics;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>From the start script to the first answered request, what an idle broker holds, and what a call of a tool takes.</summary>
internal static class StartUpRows
{
    /// <summary>Half a minute after its start a process gives back what it does not need (CleanPages); samples are taken every ten seconds.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(55);

    public static async Task<string[]> MeasureAsync()
    {
        List<double> seconds = [], resident = [];
        using var scratch = new ScratchDirectory();
        await using var zooKeeper = await new ZooKeeperServerProcess(scratch.File("zookeeper")).StartAsync();
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            await using var broker = new KafkaServerProcess(scratch.File($"broker{repeat}"), zooKeeper.ConnectString, brokerId: repeat);
            var clock = Stopwatch.StartNew();
            await broker.StartAsync();
            seconds.Add(clock.Elapsed.TotalSeconds);
            await Task.Delay(TimeSpan.FromSeconds(2));
            resident.Add(ProcessFigures.ResidentMegabytes(broker.Process.Id));
            await broker.StopAsync();
        }

        return [$"{BenchmarkTable.Number(BenchmarkTable.Median(seconds), "s")} to serving, {BenchmarkTable.Number(BenchmarkTable.Median(resident), "MB")} idle", "", "", ""];
    }

    /// <summary>What a broker holds that is asked nothing, and one that serves metrics and the admin console as well.</summary>
    public static async Task<string[]> MeasureRestAsync()
    {
        await using var alone = await BenchmarkCluster.StartAsync();
        await using var full = await BenchmarkCluster.StartAsync(new Dictionary<string, string>
        {
            ["metrics.listeners"] = $"http://127.0.0.1:{LoopbackPorts.Next()}",
            ["console.listeners"] = $"http://127.0.0.1:{LoopbackPorts.Next()}",
        });
        await Task.Delay(Settling);
        var broker = ProcessFigures.ResidentMegabytes(full.Broker.Process.Id);
        var console = ProcessFigures.ResidentMegabytes(ProcessTree.ChildrenOf(full.Broker.Process.Id, "kafka-admin-console").Single());
        return
        [
            $"alone {BenchmarkTable.Number(ProcessFigures.ResidentMegabytes(alone.Broker.Process.Id), "MB")}; with metrics and console "
                + $"{BenchmarkTable.Number(broker + console, "MB")}, of which the console {BenchmarkTable.Number(console, "MB")}",
            "",
            "",
            "",
        ];
    }

    public static async Task<string[]> MeasureToolAsync(BenchmarkCluster cluster)
    {
        List<double> seconds = [];
        for (var repeat = 0; repeat < 3 * BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            (await ChildProcess.RunAsync(RepositoryLayout.Script("kafka-topics.sh"), ["--bootstrap-server", cluster.Broker.BootstrapServers, "--list"])).RequireSuccess();
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        return [$"{BenchmarkTable.Number(BenchmarkTable.Median(seconds), "s")} for kafka-topics.sh --list", "", "", ""];
    }
}
