using System.Diagnostics;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>From the start script to the first answered request, what an idle broker holds, and what a call of a tool takes.</summary>
internal static class StartUpRows
{
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
