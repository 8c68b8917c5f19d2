using System.Diagnostics;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Three brokers with 2,000 partitions of three replicas each: what they cost at rest, and how long a broker and a controller take to come
/// and go. Brokers 0 and 1 lead, broker 2 follows alone.
/// </summary>
internal static class ReplicaRows
{
    private const int Partitions = 2_000;
    private const int PartitionsOfTopic = 500;
    private const int Brokers = 3;

    /// <summary>What a start leaves to be done in the background is over by then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task<string[]> RestAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(brokers: Brokers);
        await Task.Delay(TimeSpan.FromSeconds(2));
        double[] before = [.. cluster.Brokers.Select(broker => ProcessFigures.ResidentMegabytes(broker.Process.Id))];
        await CreateAsync(cluster);
        await Task.Delay(Settling);
        double[] grown = [.. cluster.Brokers.Select((broker, id) => ProcessFigures.ResidentMegabytes(broker.Process.Id) - before[id])];
        var started = CpuSeconds(cluster);
        var clock = Stopwatch.StartNew();
        await Task.Delay(Watched);
        double[] busy = [.. CpuSeconds(cluster).Zip(started, (after, start) => (after - start) / clock.Elapsed.TotalSeconds)];
        return
        [
            $"{busy[2]:P1} of a core where {Partitions} are followed, {busy[0]:P1} and {busy[1]:P1} where {Partitions / 2} are led and as many followed; "
                + $"{BenchmarkTable.Number(Math.Round(grown.Sum() * (1 << 20) / (Brokers * Partitions)))} bytes a replica",
            "3 % of a core",
            "",
            "",
        ];
    }

    /// <summary>
    /// Beside what no broker can do without: a znode for each partition that is created, one that is read and written where a leader goes,
    /// and the files of each replica where a broker starts.
    /// </summary>
    public static async Task<string[]> LifeAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(brokers: Brokers);
        var creating = Stopwatch.StartNew();
        await CreateAsync(cluster);
        var created = creating.Elapsed;
        List<double> stops = [], starts = [], inSync = [], failovers = [], creates = [], reads = [], writes = [], opens = [];
        for (var repeat = 0; repeat < Math.Min(BenchmarkTable.Repeats, 3); repeat++)
        {
            // Broker 1 leads half of the partitions each time: they return to it as their preferred leader.
            var leader = cluster.Brokers[1];
            var clock = Stopwatch.StartNew();
            await leader.StopAsync();
            stops.Add(clock.Elapsed.TotalSeconds);
            opens.Add(OpenFiles(leader.DataDirectory));
            clock.Restart();
            await leader.StartAsync();
            starts.Add(clock.Elapsed.TotalSeconds);
            await AwaitAsync(cluster.Broker, partition => partition.IsrNodes.Length == Brokers);
            inSync.Add(clock.Elapsed.TotalSeconds);
            await ElectPreferredAsync(cluster);
            failovers.Add(await FailOverAsync(cluster));
            await ElectPreferredAsync(cluster);
            var (create, read, write) = await BareZooKeeper.MeasureAsync(cluster.ZooKeeperConnect, Partitions);
            creates.Add(create);
            reads.Add(read);
            writes.Add(write);
        }

        string Seconds(List<double> values) => BenchmarkTable.Number(BenchmarkTable.Median(values), "s");
        return
        [
            $"created in {BenchmarkTable.Number(created.TotalSeconds, "s")}, controlled shutdown {Seconds(stops)}, start {Seconds(starts)} and in sync {Seconds(inSync)}, "
                + $"controller failover {Seconds(failovers)} from the election to the last leader",
            $"{Partitions} znodes alone: created in {Seconds(creates)}, read {Seconds(reads)}, written {Seconds(writes)}; "
                + $"the files of a broker's replicas opened in {Seconds(opens)}",
            $"{(BenchmarkTable.Median(reads) + BenchmarkTable.Median(writes)) / BenchmarkTable.Median(failovers):P0} of the failover",
            "",
        ];
    }

    /// <summary>Seconds to open, one after the other, every file that a start looks into.</summary>
    private static double OpenFiles(string directory)
    {
        var clock = Stopwatch.StartNew();
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            File.OpenHandle(file).Dispose();
        }

        return clock.Elapsed.TotalSeconds;
    }

    private static async Task CreateAsync(BenchmarkCluster cluster)
    {
        for (var made = 0; made < Partitions; made += PartitionsOfTopic)
        {
            await cluster.CreateTopicAsync(Enumerable.Range(0, PartitionsOfTopic).Select<int, int[]>(id => id % 2 == 0 ? [0, 1, 2] : [1, 0, 2]));
        }

        await AwaitAsync(cluster.Broker, partition => partition.LeaderId >= 0 && partition.IsrNodes.Length == Brokers);
    }

    /// <summary>The controller is killed: from its successor's election until a broker knows that no partition is led by the dead one.</summary>
    private static async Task<double> FailOverAsync(BenchmarkCluster cluster)
    {
        var controller = await ControllerAsync(cluster);
        var survivors = cluster.Brokers.Where(broker => broker.BrokerId != controller).ToList();
        var elections = survivors.Select(Elections).ToList();
        await cluster.Brokers[controller].KillAsync();
        var limit = Stopwatch.StartNew();
        while (survivors.Select(Elections).SequenceEqual(elections))
        {
            if (limit.Elapsed > Limit)
            {
                throw new TimeoutException("No controller was elected.");
            }

            await Task.Delay(1);
        }

        var clock = Stopwatch.StartNew();
        await AwaitAsync(survivors[0], partition => partition.LeaderId >= 0 && partition.LeaderId != controller);
        var seconds = clock.Elapsed.TotalSeconds;
        await cluster.Brokers[controller].StartAsync();
        await AwaitAsync(survivors[0], partition => partition.IsrNodes.Length == Brokers);
        return seconds;
    }

    private static int Elections(KafkaServerProcess broker)
    {
        const string Elected = "successfully elected as the controller";
        var path = Path.Combine(broker.LogDirectory, "controller.log");
        if (!File.Exists(path))
        {
            return 0;
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split(Elected).Length - 1;
    }

    private static async Task ElectPreferredAsync(BenchmarkCluster cluster)
    {
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-leader-election.sh"),
            ["--bootstrap-server", cluster.BootstrapServers, "--election-type", "preferred", "--all-topic-partitions"])).RequireSuccess();
        await AwaitAsync(cluster.Broker, partition => partition.LeaderId == partition.ReplicaNodes[0]);
    }

    private static async Task<int> ControllerAsync(BenchmarkCluster cluster)
    {
        using var connection = await TypedConnection.OpenAsync(cluster.Broker.Port);
        return (await MetadataAsync(connection)).ControllerId;
    }

    /// <summary>Ends once a broker knows of all partitions and of each that it is so.</summary>
    private static async Task AwaitAsync(KafkaServerProcess broker, Func<MetadataResponse.MetadataResponsePartition, bool> isSo)
    {
        using var connection = await TypedConnection.OpenAsync(broker.Port);
        var limit = Stopwatch.StartNew();
        while (true)
        {
            var known = (await MetadataAsync(connection)).Topics.Where(topic => !topic.IsInternal).SelectMany(topic => topic.Partitions).ToList();
            if (known.Count == Partitions && known.TrueForAll(partition => isSo(partition)))
            {
                return;
            }

            if (limit.Elapsed > Limit)
            {
                throw new TimeoutException($"{known.Count} partitions, {known.Count(partition => !isSo(partition))} of them are not as they should be.");
            }

            await Task.Delay(5);
        }
    }

    /// <summary>All topics.</summary>
    private static Task<MetadataResponse> MetadataAsync(TypedConnection connection) =>
        connection.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = null }, 4);

    private static double[] CpuSeconds(BenchmarkCluster cluster) =>
        [.. cluster.Brokers.Select(broker => ProcessFigures.CpuSeconds(broker.Process.Id))];
}
