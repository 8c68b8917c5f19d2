using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Records;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// How fast the cleaner goes through a log whose keys come again, as the broker says, beside a bare loop that reads the same segments and
/// writes, durably, as much as the cleaner left of them.
/// </summary>
internal static partial class CleanerRows
{
    private const int Keys = 100_000;
    private const int RecordBytes = 1024;
    private const int RecordsOfBatch = 64;
    private const int Batches = 8_192;
    private const int SegmentBytes = 64 << 20;
    private const int BufferBytes = 512 << 10;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<string[]> MeasureAsync(BenchmarkCluster cluster)
    {
        await using var network = ClientNetwork.Open();
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = cluster.Broker.BootstrapServers }, network);
        List<double> ours = [], bare = [], cpu = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var topic = $"cleaned-{repeat}";
            await CreateAsync(admin, topic);
            Fill(cluster, topic);
            var segments = Directory.GetFiles(Path.Combine(cluster.Broker.DataDirectory, $"{topic}-0"), "*.log")
                .Order(StringComparer.Ordinal)
                .SkipLast(1)
                .ToArray();
            bare.Add(ReadAndWrite(segments, Path.Combine(cluster.Scratch, "bare-cleaned"), (long)Keys * RecordBytes));
            Machine.Settle();
            var before = ProcessFigures.CpuSeconds(cluster.Broker.Process.Id);
            var cleanings = Rate().Count(CleanerLog(cluster));
            (await admin.IncrementalAlterConfigsAsync(
                new ConfigResource(ConfigResourceType.Topic, topic),
                [ConfigChange.Set("cleanup.policy", "compact")])).ThrowIfFailed();
            await AwaitCleaningAsync(cluster, cleanings);
            cpu.Add((ProcessFigures.CpuSeconds(cluster.Broker.Process.Id) - before) / (segments.Length * (SegmentBytes / 1e9)));
            ours.Add(Said(CleanerLog(cluster)));
            await cluster.DeleteTopicAsync(topic);
        }

        var share = BenchmarkTable.Median(ours.Zip(bare, (broker, limit) => broker / limit));
        return
        [
            BenchmarkTable.Number(BenchmarkTable.Median(ours), "MB/s"),
            $"{BenchmarkTable.Number(BenchmarkTable.Median(bare), "MB/s")} read and write",
            $"{share:P0}",
            BenchmarkTable.Number(BenchmarkTable.Median(cpu)),
        ];
    }

    private static async Task CreateAsync(AdminClient admin, string topic)
    {
        var created = await admin.CreateTopicsAsync(
        [
            new NewTopic(topic)
            {
                Partitions = 1,
                ReplicationFactor = 1,
                Configs = new Dictionary<string, string>
                {
                    ["segment.bytes"] = $"{SegmentBytes}", ["min.cleanable.dirty.ratio"] = "0", ["cleanup.policy"] = "delete",
                },
            },
        ]);
        created[0].ThrowIfFailed();
    }

    /// <summary>Half a gigabyte in which each key comes some five times.</summary>
    private static void Fill(BenchmarkCluster cluster, string topic)
    {
        var value = new byte[RecordBytes];
        var random = new Random(1);
        random.NextBytes(value);
        using var connection = LoadConnection.Open(cluster.Broker.Port);
        for (var batch = 0; batch < Batches; batch++)
        {
            using var builder = new RecordBatchBuilder();
            for (var i = 0; i < RecordsOfBatch; i++)
            {
                builder.Append(
                    DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                    System.Text.Encoding.ASCII.GetBytes($"key-{random.Next(Keys)}"),
                    value);
            }

            connection.Send(WireFrames.Produce(topic, 1, builder.Build().ToArray()));
            connection.Receive([]);
        }
    }

    private static double ReadAndWrite(string[] segments, string target, long written)
    {
        Machine.Settle();
        var buffer = new byte[BufferBytes];
        var read = 0L;
        var clock = Stopwatch.StartNew();
        foreach (var segment in segments)
        {
            using var file = File.OpenHandle(segment);
            var at = 0L;
            for (int count; (count = RandomAccess.Read(file, buffer, at)) > 0; at += count)
            {
                read += count;
            }
        }

        using (var file = File.OpenHandle(target, FileMode.Create, FileAccess.Write))
        {
            for (var at = 0L; at < written; at += buffer.Length)
            {
                RandomAccess.Write(file, buffer, at);
            }

            RandomAccess.FlushToDisk(file);
        }

        var elapsed = clock.Elapsed;
        File.Delete(target);
        return read / 1e6 / elapsed.TotalSeconds;
    }

    /// <summary>The cleaner logs to a file of its own.</summary>
    private static string CleanerLog(BenchmarkCluster cluster)
    {
        var path = Path.Combine(cluster.Broker.LogDirectory, "log-cleaner.log");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static async Task AwaitCleaningAsync(BenchmarkCluster cluster, int before)
    {
        var clock = Stopwatch.StartNew();
        while (Rate().Count(CleanerLog(cluster)) == before)
        {
            if (clock.Elapsed > Limit)
            {
                throw new TimeoutException("The log was not cleaned.");
            }

            await Task.Delay(100);
        }
    }

    private static double Said(string output) =>
        double.Parse(Rate().Matches(output)[^1].Groups[1].Value, NumberStyles.Any, CultureInfo.InvariantCulture) * (1 << 20) / 1e6;

    [GeneratedRegex(@"of log processed in [\d.,]+ seconds \(([\d.,]+) MB/sec\)")]
    private static partial Regex Rate();
}
