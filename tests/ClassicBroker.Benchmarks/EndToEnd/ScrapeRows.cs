using System.Diagnostics;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What a look at the metrics of a broker with many partitions costs: the look, and the requests that run meanwhile.</summary>
internal static class ScrapeRows
{
    private const int Partitions = 5000;
    private const int PartitionsOfTopic = 1000;
    private const int Pings = 200;

    /// <summary>A scrape as Prometheus makes it, and a round trip of a small request while one is under way and while none is.</summary>
    public static async Task<string[]> MeasureAsync()
    {
        var port = LoopbackPorts.Next();
        await using var cluster = await BenchmarkCluster.StartAsync(
            new Dictionary<string, string> { ["metrics.listeners"] = $"http://127.0.0.1:{port}" });
        for (var made = 0; made < Partitions; made += PartitionsOfTopic)
        {
            await cluster.CreateTopicAsync(PartitionsOfTopic);
        }

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var length = (await http.GetByteArrayAsync("/metrics")).Length;
        List<double> scrapes = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            await http.GetByteArrayAsync("/metrics");
            scrapes.Add(clock.Elapsed.TotalMilliseconds);
        }

        using var connection = LoadConnection.Open(cluster.Broker.Port);
        var alone = SlowPingMs(connection);
        using var enough = new CancellationTokenSource();
        var scraping = ScrapeAsync(http, enough.Token);
        var beside = SlowPingMs(connection);
        await enough.CancelAsync();
        await scraping;
        return
        [
            $"{Partitions} partitions in {BenchmarkTable.Number(BenchmarkTable.Median(scrapes), "ms")}, {BenchmarkTable.Number(length / 1e6, "MB")}; "
                + $"requests meanwhile {BenchmarkTable.Number(beside, "ms")} (99th), without {BenchmarkTable.Number(alone, "ms")}",
            "",
            "",
            "",
        ];
    }

    /// <summary>One scrape after the other, without a pause: far more than any Prometheus asks for.</summary>
    private static async Task ScrapeAsync(HttpClient http, CancellationToken enough)
    {
        await Task.Yield();
        while (!enough.IsCancellationRequested)
        {
            await http.GetByteArrayAsync("/metrics", CancellationToken.None);
        }
    }

    /// <summary>The round trip that one of a hundred requests exceeds.</summary>
    private static double SlowPingMs(LoadConnection connection)
    {
        List<double> pings = [];
        for (var ping = 0; ping < Pings; ping++)
        {
            var clock = Stopwatch.StartNew();
            connection.Send(ConnectionRows.Ping);
            connection.Receive([]);
            pings.Add(clock.Elapsed.TotalMilliseconds);
        }

        pings.Sort();
        return pings[Pings * 99 / 100];
    }
}
