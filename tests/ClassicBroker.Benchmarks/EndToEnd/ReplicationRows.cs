using System.Diagnostics;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Bytes per second through three brokers, beside one broker in the same run and beside bare loops that move the same bytes: three appends
/// and two copies over the loopback device. And how fast a follower that was away comes back.
/// </summary>
internal static class ReplicationRows
{
    private const int BatchBytes = 64 << 10;
    private const int FramesPerRun = 4_096;
    private const int CaughtUpPartitions = 4;
    private const int CaughtUpFrames = 16_384;
    private const int CopyBytes = 1 << 20;

    /// <summary>Enough for followers to fetch much at a time; the bare loops have as many.</summary>
    private const int InFlight = 64;

    private const short AcksAll = -1;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<string[]> ProduceAsync(int recordBytes)
    {
        await using var cluster = await BenchmarkCluster.StartAsync(brokers: 3);
        List<double> ours = [], bare = [], alone = [], records = [], total = [], following = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            bare.Add(await BareAsync(cluster, recordBytes));
            alone.Add((await ProduceAsync(cluster, [0], recordBytes)).Run.MegabytesPerSecond);
            var (run, cpu) = await ProduceAsync(cluster, [0, 1, 2], recordBytes);
            ours.Add(run.MegabytesPerSecond);
            records.Add(run.RecordsPerSecond);
            total.Add(cpu.Sum() / (run.Bytes / 1e9));
            following.Add(cpu[1..].Sum() / (2 * run.Bytes / 1e9));
        }

        var share = BenchmarkTable.Median(ours.Zip(bare, (brokers, limit) => brokers / limit));
        return
        [
            $"{BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s")}, {BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(records)), "records/s")}; "
                + $"one broker alone {BenchmarkTable.Number(BenchmarkTable.Median(alone), "MB/s")}",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(bare), "MB/s")} receive, append and copy to two that append",
            $"{share:P0}",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(total))} of three brokers, {BenchmarkTable.Number(BenchmarkTable.Median(following))} a GB replicated",
        ];
    }

    /// <summary>A follower was away while a gigabyte was written: from its first byte of that to its last.</summary>
    public static async Task<string[]> CatchUpAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(brokers: 3);
        var follower = cluster.Brokers[2];
        List<double> ours = [], bare = [], cpu = [];
        for (var repeat = 0; repeat < Math.Min(BenchmarkTable.Repeats, 3); repeat++)
        {
            var topic = await cluster.CreateTopicAsync(Enumerable.Repeat<int[]>([0, 1, 2], CaughtUpPartitions));
            await follower.StopAsync();
            Fill(cluster, topic);
            var whole = Stored(cluster.Broker, topic);
            bare.Add(await BareCopyAsync(cluster, topic));
            Machine.Settle();
            follower.Launch();
            var seconds = await CatchUpAsync(cluster, follower, topic, whole);
            ours.Add(whole / 1e6 / seconds);
            cpu.Add(ProcessFigures.CpuSeconds(follower.Process.Id) / (whole / 1e9));
            await follower.WaitUntilStartedAsync();
            await cluster.DeleteTopicAsync(topic);
        }

        var share = BenchmarkTable.Median(ours.Zip(bare, (brokers, limit) => brokers / limit));
        return
        [
            BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s"),
            $"{BenchmarkTable.Number(BenchmarkTable.Median(bare), "MB/s")} sendfile, receive and append",
            $"{share:P0}",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(cpu))} of the follower, its start included",
        ];
    }

    private static async Task<(LoadRun Run, double[] Cpu)> ProduceAsync(BenchmarkCluster cluster, int[] replicas, int recordBytes)
    {
        var topic = await cluster.CreateTopicAsync([replicas]);
        var frame = WireFrames.Produce(topic, AcksAll, recordBytes, BatchBytes, out var count);
        using var connection = LoadConnection.Open(cluster.Broker.Port);
        LoadRun.Send(connection, frame, count, FramesPerRun / 8, InFlight);
        Machine.Settle();
        var before = CpuSeconds(cluster);
        var run = LoadRun.Send(connection, frame, count, FramesPerRun, InFlight);
        double[] cpu = [.. CpuSeconds(cluster).Zip(before, (after, start) => after - start)];
        await cluster.DeleteTopicAsync(topic);
        return (run, cpu);
    }

    private static double[] CpuSeconds(BenchmarkCluster cluster) =>
        [.. cluster.Brokers.Select(broker => ProcessFigures.CpuSeconds(broker.Process.Id))];

    private static async Task<double> BareAsync(BenchmarkCluster cluster, int recordBytes)
    {
        await using var replicas = await BareReplicas.StartAsync(cluster.Scratch, 3);
        return BareRate(replicas.Port, recordBytes);
    }

    private static double BareRate(int port, int recordBytes)
    {
        var frame = WireFrames.Produce("bench-0", AcksAll, recordBytes, BatchBytes, out var count);
        using var connection = LoadConnection.Open(port);
        LoadRun.Send(connection, frame, count, FramesPerRun / 8, InFlight);
        Machine.Settle();
        return LoadRun.Send(connection, frame, count, FramesPerRun, InFlight).MegabytesPerSecond;
    }

    private static void Fill(BenchmarkCluster cluster, string topic)
    {
        using var connection = LoadConnection.Open(cluster.Broker.Port);
        for (var partition = 0; partition < CaughtUpPartitions; partition++)
        {
            var frame = WireFrames.Produce(topic, 1, recordBytes: 1024, BatchBytes, out var count, partition);
            LoadRun.Send(connection, frame, count, CaughtUpFrames / CaughtUpPartitions);
        }
    }

    /// <summary>Seconds from the first byte that comes to the last, by the sizes of the files.</summary>
    private static async Task<double> CatchUpAsync(BenchmarkCluster cluster, KafkaServerProcess follower, string topic, long whole)
    {
        var limit = Stopwatch.StartNew();
        var before = Stored(follower, topic);
        while (Stored(follower, topic) == before)
        {
            await PauseAsync(cluster, limit);
        }

        var (clock, begun) = (Stopwatch.StartNew(), Stored(follower, topic));
        while (Stored(follower, topic) < whole)
        {
            await PauseAsync(cluster, limit);
        }

        return clock.Elapsed.TotalSeconds * (whole - before) / (whole - begun);
    }

    private static async Task PauseAsync(BenchmarkCluster cluster, Stopwatch limit)
    {
        if (limit.Elapsed > Limit)
        {
            throw new TimeoutException($"The follower did not catch up. {cluster.Brokers[2].Process.Output}");
        }

        await Task.Delay(1);
    }

    private static long Stored(KafkaServerProcess broker, string topic) =>
        Enumerable.Range(0, CaughtUpPartitions)
            .SelectMany(partition => Segments(broker, topic, partition))
            .Sum(file => new FileInfo(file).Length);

    private static string[] Segments(KafkaServerProcess broker, string topic, int partition) =>
        Directory.GetFiles(Path.Combine(broker.DataDirectory, $"{topic}-{partition}"), "*.log");

    /// <summary>One partition of the leader's, asked for in pieces and written to a file.</summary>
    private static async Task<double> BareCopyAsync(BenchmarkCluster cluster, string topic)
    {
        var segment = Segments(cluster.Broker, topic, 0).Order(StringComparer.Ordinal).First();
        var target = Path.Combine(cluster.Scratch, "bare-copy.log");
        var (process, port) = await BenchmarkCluster.StartBareAsync("bare-send", segment);
        await using (process)
        {
            using var connection = LoadConnection.Open(port);
            Machine.Settle();
            var run = LoadRun.CopyBare(connection, CopyBytes, new FileInfo(segment).Length, target);
            File.Delete(target);
            return run.MegabytesPerSecond;
        }
    }
}
