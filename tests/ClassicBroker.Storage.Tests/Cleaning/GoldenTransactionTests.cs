using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Directories of Kafka with committed, aborted and open transactions are read right at both isolation levels.</summary>
public sealed partial class GoldenTransactionTests(GoldenTransactions golden, GoldenCompaction cleaned, OlderGoldenCompaction olderCleaned)
    : IClassFixture<GoldenTransactions>, IClassFixture<GoldenCompaction>, IClassFixture<OlderGoldenCompaction>
{
    private static readonly string[] Topics =
        ["tx-small", "tx-large", "mixed-small", "empties", "allgone", "plain-0.9.0-gzip", "wide", "overflow"];

    [Theory]
    [InlineData("2.2.2")]
    [InlineData("3.9")]
    public void Cleaned_topics_are_read_as_kafkas_consumer_read_them(string version)
    {
        GoldenCleaning directory = version == "3.9" ? cleaned : olderCleaned;
        var compared = 0;
        foreach (var topic in Topics)
        {
            foreach (var isCommitted in (bool[])[false, true])
            {
                if (golden.Read(version, topic, isCommitted) is not { } wanted)
                {
                    continue;
                }

                var stage = LastStage(directory, version, $"{topic}-0");
                using var run = new GoldenRun(directory, stage, $"{topic}-0", directory.LastMoment("2-cleaned"));
                var got = ConsumedRecords.Of(run.Log, isCommitted)
                    .Select(record => $"{(version == "3.9" ? $"Offset:{record.Offset}\t" : "")}{record.Key}\t{record.Value}");
                Assert.True(wanted.SequenceEqual(got), $"{topic}, {stage}, committed {isCommitted}:\n{string.Join('\n', got)}");
                compared++;
            }
        }

        Assert.True(compared >= 8, $"only {compared} reads");
    }

    [Theory]
    [InlineData("2.2.2", 6)]
    [InlineData("3.9", 7)]
    public void Logs_with_open_committed_and_aborted_transactions_are_read_as_kafka_dumped_them(string version, int logs)
    {
        var (compared, aborted) = (0, 0);
        foreach (var broker in golden.Brokers(version))
        {
            using var disk = new PosixDisk();
            Copy(broker, disk.Root);
            var store = disk.Open(new LogConfig { RetentionMs = -1 }, disk.Root);
            foreach (var name in Directory.GetDirectories(broker).Select(path => Path.GetFileName(path)))
            {
                Assert.True(TopicPartition.TryParse(name, out var partition));
                var log = store.Find(partition)!;
                log.UpdateHighWatermark(log.LogEndOffset);
                var dump = Dumped(GoldenTransactions.Dump(broker, name));
                Assert.Equal(dump.All, ConsumedRecords.Of(log, isCommitted: false).Select(record => (record.Offset, record.Value)));
                Assert.Equal(dump.Committed, ConsumedRecords.Of(log, isCommitted: true).Select(record => (record.Offset, record.Value)));
                Assert.Equal(dump.Stable ?? log.LogEndOffset, log.LastStableOffset);
                compared++;
                aborted += dump.All.Count - dump.Committed.Count;
            }

            store.Close();
        }

        Assert.Equal(logs, compared);
        Assert.True(aborted > 10, $"only {aborted} records of transactions that were aborted or are open");
    }

    private static string LastStage(GoldenCleaning directory, string version, string log) =>
        (version == "3.9" ? (string[])["6-cleaned-thrice", "4-cleaned-again", "2-cleaned"] : ["4-cleaned-again", "2-cleaned"])
        .First(stage => directory.Logs(stage).Contains(log));

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var path = Path.Join(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }

    /// <summary>
    /// What Kafka's dump says a log holds: every record, those of no transaction or of a committed one below the first that is open, and
    /// where that begins.
    /// </summary>
    private static (List<(long Offset, string Value)> All, List<(long Offset, string Value)> Committed, long? Stable) Dumped(string[] lines)
    {
        var all = new List<(long Offset, string Value)>();
        var dropped = new HashSet<long>();
        var open = new Dictionary<long, (long First, List<long> Offsets)>();
        var (producer, isTransactional) = (-1L, false);
        foreach (var line in lines.TakeWhile(IsOfLog))
        {
            if (BatchLine().Match(line) is { Success: true } batch)
            {
                (producer, isTransactional) = (Number(batch, "producer"), batch.Groups["transactional"].Value == "true");
                if (isTransactional && batch.Groups["control"].Value == "false" && !open.ContainsKey(producer))
                {
                    open.Add(producer, (Number(batch, "base"), []));
                }
            }
            else if (MarkerLine().Match(line) is { Success: true } marker)
            {
                if (open.Remove(producer, out var ended) && marker.Groups["kind"].Value == "ABORT")
                {
                    dropped.UnionWith(ended.Offsets);
                }
            }
            else if (RecordLine().Match(line) is { Success: true } record)
            {
                all.Add((Number(record, "offset"), record.Groups["value"].Value));
                if (isTransactional)
                {
                    open[producer].Offsets.Add(all[^1].Offset);
                }
            }
        }

        long? stable = open.Count == 0 ? null : open.Values.Min(transaction => transaction.First);
        return (all, [.. all.Where(record => !dropped.Contains(record.Offset) && record.Offset < (stable ?? long.MaxValue))], stable);
    }

    private static bool IsOfLog(string line) =>
        !line.StartsWith("Dumping", StringComparison.Ordinal) || line.EndsWith(".log", StringComparison.Ordinal);

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^baseOffset: (?<base>\d+) .* producerId: (?<producer>-?\d+) .* isTransactional: (?<transactional>\w+) isControl: (?<control>\w+) ")]
    private static partial Regex BatchLine();

    [GeneratedRegex(@"^\| offset: \d+ .* endTxnMarker: (?<kind>\w+) ")]
    private static partial Regex MarkerLine();

    [GeneratedRegex(@"^\| offset: (?<offset>\d+) .* payload: (?<value>.*)$")]
    private static partial Regex RecordLine();
}
