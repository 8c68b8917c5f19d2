using System.Globalization;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// The end-to-end set of <c>scripts/bench.sh</c>. Absolute figures do not travel from machine to machine, so each row that has one
/// shows the machine's own limit, measured in the same run and alternating with it, and the share of it that the broker reaches.
/// Medians of <see cref="Repeats"/> runs. Arguments choose rows by the start of their names; none means all.
/// </summary>
internal static class BenchmarkTable
{
    /// <summary>Runs of a row; a look at whether it runs at all needs but one (<c>CLASSICBROKER_BENCH_REPEATS</c>).</summary>
    public static int Repeats { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("CLASSICBROKER_BENCH_REPEATS"), CultureInfo.InvariantCulture, out var repeats) ? repeats : 7;

    private static readonly (string Name, Func<BenchmarkCluster, Task<string[]>> Run)[] Rows =
    [
        ("start", _ => StartUpRows.MeasureAsync()),
        ("rest", _ => StartUpRows.MeasureRestAsync()),
        ("tool", StartUpRows.MeasureToolAsync),
        ("produce 1KiB acks=1", cluster => ThroughputRows.ProduceAsync(cluster, acks: 1, recordBytes: 1024)),
        ("produce 1KiB acks=all", cluster => ThroughputRows.ProduceAsync(cluster, acks: -1, recordBytes: 1024)),
        ("produce 100B acks=1", cluster => ThroughputRows.ProduceAsync(cluster, acks: 1, recordBytes: 100)),
        ("produce 100B acks=all", cluster => ThroughputRows.ProduceAsync(cluster, acks: -1, recordBytes: 100)),
        ("produce 1KiB acks=all, 3 brokers", _ => ReplicationRows.ProduceAsync(recordBytes: 1024)),
        ("produce 100B acks=all, 3 brokers", _ => ReplicationRows.ProduceAsync(recordBytes: 100)),
        ("produce one 1KiB record a request", cluster => ThroughputRows.ProduceSmallAsync(cluster, recordBytes: 1024)),
        ("consume plaintext", cluster => ThroughputRows.ConsumeAsync(cluster, tls: false)),
        ("consume TLS", cluster => ThroughputRows.ConsumeAsync(cluster, tls: true)),
        ("latency", LatencyRows.MeasureAsync),
        ("latency, 3 brokers", _ => LatencyRows.MeasureReplicatedAsync()),
        ("follower catch-up", _ => ReplicationRows.CatchUpAsync()),
        ("failover, leader killed", _ => FailoverRows.LeaderKilledAsync()),
        ("failover, leader and controller killed", _ => FailoverRows.LeaderAndControllerKilledAsync()),
        ("failover, controller killed", _ => FailoverRows.ControllerKilledAsync()),
        ("failover, controlled shutdown", _ => FailoverRows.ControlledShutdownAsync()),
        ("replicas at rest", _ => ReplicaRows.RestAsync()),
        ("replicas come and go", _ => ReplicaRows.LifeAsync()),
        ("ping", ConnectionRows.PingAsync),
        ("produce one 100B record a request, 200 connections", ConnectionRows.ProduceAsync),
        ("idle connections", _ => ConnectionRows.IdleAsync()),
        ("announced frames", _ => ConnectionRows.AnnouncedFramesAsync()),
        ("partitions", _ => PartitionRows.MeasureAsync()),
        ("many partitions start", _ => PartitionRows.MeasureStartAsync()),
        ("scrape of many partitions", _ => ScrapeRows.MeasureAsync()),
        ("console lists", _ => ConsoleRows.MeasureAsync()),
        ("rebalance of 10 members", cluster => GroupRows.RebalanceAsync(cluster, size: 10)),
        ("rebalance of 100 members", cluster => GroupRows.RebalanceAsync(cluster, size: 100)),
        ("rebalance of 1000 members", cluster => GroupRows.RebalanceAsync(cluster, size: 1000)),
        ("offset commits, 1 connection", cluster => GroupRows.CommitAsync(cluster, connections: 1)),
        ("offset commits, 100 connections", cluster => GroupRows.CommitAsync(cluster, connections: 100)),
        ("cleaner", CleanerRows.MeasureAsync),
        ("load offsets", _ => LoadingRows.OffsetsAsync()),
        ("load transactional ids", _ => LoadingRows.TransactionalIdsAsync()),
        ("transactions, 1 producer, 1 replica", _ => TransactionRows.CommitAsync(producers: 1, replicas: 1)),
        ("transactions, 10 producers, 1 replica", _ => TransactionRows.CommitAsync(producers: 10, replicas: 1)),
        ("transactions, 100 producers, 1 replica", _ => TransactionRows.CommitAsync(producers: 100, replicas: 1)),
        ("transactions, 1 producer, 3 replicas", _ => TransactionRows.CommitAsync(producers: 1, replicas: 3)),
        ("transactions, 10 producers, 3 replicas", _ => TransactionRows.CommitAsync(producers: 10, replicas: 3)),
        ("transactions, 100 producers, 3 replicas", _ => TransactionRows.CommitAsync(producers: 100, replicas: 3)),
        ("transactions of 100 ms", TransactionRows.ProduceAsync),
        ("read committed", TransactionRows.ConsumeAsync),
        ("client produce 100B acks=1", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 100, acks: "1", compression: "none")),
        ("client produce 100B acks=1 lz4", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 100, acks: "1", compression: "lz4")),
        ("client produce 100B acks=all", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 100, acks: "all", compression: "none")),
        ("client produce 100B acks=all lz4", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 100, acks: "all", compression: "lz4")),
        ("client produce 1KiB acks=1", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 1024, acks: "1", compression: "none")),
        ("client produce 1KiB acks=1 lz4", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 1024, acks: "1", compression: "lz4")),
        ("client produce 1KiB acks=all", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 1024, acks: "all", compression: "none")),
        ("client produce 1KiB acks=all lz4", cluster => PeerRows.ProduceAsync(cluster, recordBytes: 1024, acks: "all", compression: "lz4")),
        ("client consume 100B", cluster => PeerRows.ConsumeAsync(cluster, recordBytes: 100, compression: "none")),
        ("client consume 100B lz4", cluster => PeerRows.ConsumeAsync(cluster, recordBytes: 100, compression: "lz4")),
        ("client consume 1KiB", cluster => PeerRows.ConsumeAsync(cluster, recordBytes: 1024, compression: "none")),
        ("client consume 1KiB lz4", cluster => PeerRows.ConsumeAsync(cluster, recordBytes: 1024, compression: "lz4")),
        ("client latency", PeerLatency.MeasureAsync),
        ("SASL_SSL produce 1KiB acks=1", _ => SecurityRows.ProduceAsync()),
        ("SASL_SSL consume", _ => SecurityRows.ConsumeAsync()),
        ("TLS handshakes", _ => SecurityRows.HandshakesAsync()),
        ("SCRAM logins", _ => SecurityRows.LoginsAsync()),
        ("ACL checks", _ => Task.FromResult(AclRows.Checks())),
        ("ACL produce one 1KiB record a request", _ => AclRows.ProduceAsync()),
        ("flood", _ => FloodRows.MeasureAsync()),
        ("simulated clusters", _ => SimulationRows.MeasureAsync()),
    ];

    public static async Task<int> RunAsync(string[] names)
    {
        var chosen = Rows.Where(row => names.Length == 0 || names.Any(name => row.Name.StartsWith(name, StringComparison.Ordinal))).ToList();
        if (chosen.Count == 0)
        {
            Console.Error.WriteLine($"No such row. Rows: {string.Join(", ", Rows.Select(row => row.Name))}");
            return 1;
        }

        Console.WriteLine(
            $"{Environment.ProcessorCount} cores, {Environment.OSVersion}, TCP {Machine.CongestionControl}, broker and load together, medians of {Repeats}");
        Console.WriteLine();
        Console.WriteLine("| row | broker | machine's limit | share | CPU s/GB |");
        Console.WriteLine("|---|---|---|---|---|");
        await using var cluster = await BenchmarkCluster.StartAsync();
        foreach (var (name, run) in chosen)
        {
            Console.WriteLine($"| {name} | {string.Join(" | ", await run(cluster))} |");
        }

        return 0;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    public static string Number(double value, string unit = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{value:#,##0.##}{(unit.Length == 0 ? "" : " ")}{unit}");
}
