using System.Diagnostics;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>A topic of many partitions: how long until it exists, and what it costs to keep.</summary>
internal static class PartitionRows
{
    private const int Partitions = 1000;
    private const int StartedPartitions = 5000;

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

    /// <summary>An orderly stop and the start after it with many partitions: how long, and how many descriptors they hold.</summary>
    public static async Task<string[]> MeasureStartAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync();
        for (var made = 0; made < StartedPartitions; made += Partitions)
        {
            await cluster.CreateTopicAsync(Partitions);
        }

        await cluster.Broker.StopAsync();
        List<double> seconds = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            await cluster.Broker.StartAsync();
            seconds.Add(clock.Elapsed.TotalSeconds);
            if (repeat < BenchmarkTable.Repeats - 1)
            {
                await cluster.Broker.StopAsync();
            }
        }

        var descriptors = ProcessFigures.Descriptors(cluster.Broker.Process.Id);
        return
        [
            $"{StartedPartitions} partitions in {BenchmarkTable.Number(BenchmarkTable.Median(seconds), "s")}, {descriptors} descriptors, "
                + $"{BenchmarkTable.Number(ProcessFigures.ResidentMegabytes(cluster.Broker.Process.Id), "MB")}",
            "",
            "",
            "",
        ];
    }
}
