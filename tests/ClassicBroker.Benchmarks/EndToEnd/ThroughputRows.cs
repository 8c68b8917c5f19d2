namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Bytes per second in and out through one connection and one partition, beside bare loops that move the same bytes. The share is the
/// median of those of the single runs, because the machine is not as fast at one time as at another. See <see cref="Machine.Settle"/>
/// for what else is done about that.
/// </summary>
internal static class ThroughputRows
{
    private const int BatchBytes = 64 << 10;
    private const int FetchBytes = 1 << 20;
    private const int FramesPerRun = 4_096;
    private const int SmallFramesPerRun = 100_000;
    private const long FetchedPerRun = 2L << 30;

    public static Task<string[]> ProduceAsync(BenchmarkCluster cluster, short acks, int recordBytes) =>
        ProduceAsync(cluster, acks, recordBytes, BatchBytes, FramesPerRun);

    /// <summary>One record a request, several requests under way: what a request costs rather than a byte.</summary>
    public static Task<string[]> ProduceSmallAsync(BenchmarkCluster cluster, int recordBytes) =>
        ProduceAsync(cluster, acks: 1, recordBytes, batchBytes: 0, SmallFramesPerRun);

    private static async Task<string[]> ProduceAsync(BenchmarkCluster cluster, short acks, int recordBytes, int batchBytes, int frames)
    {
        List<double> ours = [], bare = [], cpu = [], records = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            bare.Add(await BareAppendAsync(cluster, acks, recordBytes, batchBytes, frames));
            var topic = await cluster.CreateTopicAsync();
            var frame = WireFrames.Produce(topic, acks, recordBytes, batchBytes, out var count);
            using (var connection = LoadConnection.Open(cluster.Broker.Port))
            {
                LoadRun.Send(connection, frame, count, frames / 8);
                Machine.Settle();
                var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
                var run = LoadRun.Send(connection, frame, count, frames);
                cpu.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / (run.Bytes / 1e9));
                ours.Add(run.MegabytesPerSecond);
                records.Add(run.RecordsPerSecond);
            }

            await cluster.DeleteTopicAsync(topic);
        }

        var share = BenchmarkTable.Median(ours.Zip(bare, (broker, limit) => broker / limit));
        return
        [
            $"{BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s")}, {BenchmarkTable.Number(Math.Round(BenchmarkTable.Median(records)), "records/s")}",
            $"{BenchmarkTable.Number(BenchmarkTable.Median(bare), "MB/s")} receive and append", $"{share:P0}", BenchmarkTable.Number(BenchmarkTable.Median(cpu)),
        ];
    }

    public static async Task<string[]> ConsumeAsync(BenchmarkCluster cluster, bool tls)
    {
        var topic = await cluster.CreateTopicAsync();
        var frame = WireFrames.Produce(topic, 1, 1024, BatchBytes, out var count);
        using (var connection = LoadConnection.Open(cluster.Broker.Port))
        {
            LoadRun.Send(connection, frame, count, FramesPerRun);
        }

        Machine.Settle();
        var stored = (long)FramesPerRun * BatchBytes * 9 / 10;
        var segment = Directory.GetFiles(Path.Combine(cluster.Broker.DataDirectory, $"{topic}-0"), "*.log").Order(StringComparer.Ordinal).First();
        List<double> ours = [], bare = [], cpu = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            bare.Add(await BareSendAsync(segment));
            var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            using var connection = tls ? LoadConnection.OpenTls(cluster.TlsPort) : LoadConnection.Open(cluster.Broker.Port);
            var run = LoadRun.Fetch(connection, topic, FetchBytes, stored, FetchedPerRun);
            cpu.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / (run.Bytes / 1e9));
            ours.Add(run.MegabytesPerSecond);
        }

        await cluster.DeleteTopicAsync(topic);
        var share = BenchmarkTable.Median(ours.Zip(bare, (broker, limit) => broker / limit));
        return
        [
            BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s"), $"{BenchmarkTable.Number(BenchmarkTable.Median(bare), "MB/s")} sendfile", $"{share:P0}",
            BenchmarkTable.Number(BenchmarkTable.Median(cpu)),
        ];
    }

    private static async Task<double> BareAppendAsync(BenchmarkCluster cluster, short acks, int recordBytes, int batchBytes, int frames)
    {
        var file = Path.Combine(cluster.Scratch, "bare.log");
        var (process, port) = await BenchmarkCluster.StartBareAsync("bare-append", file);
        await using (process)
        {
            var frame = WireFrames.Produce("bench-0", acks, recordBytes, batchBytes, out var count);
            using var connection = LoadConnection.Open(port);
            LoadRun.Send(connection, frame, count, frames / 8);
            Machine.Settle();
            var run = LoadRun.Send(connection, frame, count, frames);
            File.Delete(file);
            return run.MegabytesPerSecond;
        }
    }

    private static async Task<double> BareSendAsync(string segment)
    {
        var (process, port) = await BenchmarkCluster.StartBareAsync("bare-send", segment);
        await using (process)
        {
            using var connection = LoadConnection.Open(port);
            return LoadRun.FetchBare(connection, FetchBytes, new FileInfo(segment).Length, FetchedPerRun).MegabytesPerSecond;
        }
    }
}
