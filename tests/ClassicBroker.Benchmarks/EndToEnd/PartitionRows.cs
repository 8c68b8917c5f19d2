using System.Diagnostics;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>A topic of many partitions: how long until it exists, and what it costs to keep.</summary>
internal static class PartitionRows
{
    private const int Partitions = 1000;

    public static async Task<string[]> MeasureAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync();
        var before = ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id);
        var clock = Stopwatch.StartNew();
        await cluster.CreateTopicAsync(Partitions);
        var elapsed = clock.Elapsed;
        var after = ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id);
        return [$"{Partitions} partitions in {BenchmarkTable.Number(elapsed.TotalSeconds, "s")}, {BenchmarkTable.Number(after - before, "MB")}", "", "", ""];
    }
}
