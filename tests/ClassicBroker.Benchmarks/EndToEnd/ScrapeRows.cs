using System.Diagnostics;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What a look at the metrics of a broker with many partitions costs: the look, and the requests that run meanwhile.</summary>
internal static class ScrapeRows
{
    private const int Partitions = 5000;
    private const int PartitionsOfTopic = 1000;
    private const int RecordBytes = 100;

    /// <summary>Of each repeat: the requests that fall into one scrape are too few for a percentile.</summary>
    private const int Rounds = 3;

    /// <summary>
    /// A scrape as Prometheus makes it, alone and while records are produced; and acknowledgements, one after the other, of records to a
    /// partition that is looked at: while a scrape is under way, and for as long again while none is.
    /// </summary>
    public static async Task<string[]> MeasureAsync()
    {
        var port = LoopbackPorts.Next();
        await using var cluster = await BenchmarkCluster.StartAsync(
            new Dictionary<string, string> { ["metrics.listeners"] = $"http://127.0.0.1:{port}" });
        var topic = "";
        for (var made = 0; made < Partitions; made += PartitionsOfTopic)
        {
            topic = await cluster.CreateTopicAsync(PartitionsOfTopic);
        }

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var length = (await http.GetByteArrayAsync("/metrics")).Length;
        List<double> quiet = [], busy = [], beside = [], alone = [];
        var processorSeconds = 0.0;
        using var connection = LoadConnection.Open(cluster.Broker.Port);
        var frame = WireFrames.Produce(topic, acks: 1, RecordBytes, batchBytes: 0, out _);
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            processorSeconds -= ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            quiet.Add(await ScrapeAsync(http));
            processorSeconds += ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            for (var round = 0; round < Rounds; round++)
            {
                var scrape = ScrapeAsync(http);
                Produce(connection, frame, beside, () => scrape.IsCompleted);
                busy.Add(await scrape);
                var clock = Stopwatch.StartNew();
                Produce(connection, frame, alone, () => clock.Elapsed.TotalMilliseconds > busy[^1]);
            }
        }

        return
        [
            $"{Partitions} partitions, {BenchmarkTable.Number(length / 1e6, "MB")}: {BenchmarkTable.Number(BenchmarkTable.Median(quiet), "ms")}, "
                + $"of a processor {BenchmarkTable.Number(processorSeconds * 1000 / quiet.Count, "ms")}; {BenchmarkTable.Number(BenchmarkTable.Median(busy), "ms")} while records come; "
                + $"acknowledgements meanwhile {Describe(beside)}, without {Describe(alone)}",
            "",
            "",
            "",
        ];
    }

    private static async Task<double> ScrapeAsync(HttpClient http)
    {
        await Task.Yield();
        var clock = Stopwatch.StartNew();
        await http.GetByteArrayAsync("/metrics");
        return clock.Elapsed.TotalMilliseconds;
    }

    private static void Produce(LoadConnection connection, byte[] frame, List<double> acknowledged, Func<bool> isEnough)
    {
        do
        {
            var clock = Stopwatch.StartNew();
            connection.Send(frame);
            connection.Receive([]);
            acknowledged.Add(clock.Elapsed.TotalMilliseconds);
        }
        while (!isEnough());
    }

    private static string Describe(List<double> acknowledged)
    {
        acknowledged.Sort();
        return $"{BenchmarkTable.Number(At(50), "ms")} (median), {BenchmarkTable.Number(At(99), "ms")} (99th of {acknowledged.Count})";

        double At(int percent) => acknowledged[acknowledged.Count * percent / 100];
    }
}
