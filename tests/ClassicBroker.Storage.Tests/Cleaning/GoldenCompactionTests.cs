using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Cleans logs of Kafka 3.9.2 as they were before its cleaner ran, and compares with what it made of them: files byte for byte, compressed
/// batches, whose bytes depend on the compressor, by header and record.
/// </summary>
public sealed class GoldenCompactionTests(GoldenCompaction golden) : IClassFixture<GoldenCompaction>
{
    private const long LateMs = 40;

    /// <summary>
    /// Settings of internal topics are not recorded; damaged logs are not cleaned by ours.
    /// </summary>
    private static readonly string[] Others =
        ["__consumer_offsets-0", "__transaction_state-0", "corrupt-crc-0", "corrupt-size-0", "corrupt-tail-0"];

    public static TheoryData<string, string> Stages()
    {
        var stages = new TheoryData<string, string>();
        foreach (var (before, after) in GoldenCompaction.Passes)
        {
            stages.Add(before, after);
        }

        return stages;
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void What_is_left_of_a_log_is_what_kafka_left(string before, string after)
    {
        var compared = 0;
        foreach (var log in Logs(after).Where(log => golden.Moment(after, log) is not null))
        {
            var differences = Moments(after, log).Select(moment => Difference(before, after, log, moment)).ToList();
            var difference = differences.Contains(null) ? null : differences[0];
            Assert.True(difference is null, $"{log}: {difference}");
            compared++;
        }

        Assert.True(compared > 10, $"only {compared} logs");
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_log_is_due_where_kafka_cleaned_it_and_not_where_it_did_not(string before, string after)
    {
        foreach (var log in Logs(after))
        {
            using var run = new GoldenRun(golden, before, log, golden.Moment(after, log) ?? golden.LastMoment(after));

            Assert.True(run.Target.IsDue == golden.Moment(after, log) is not null, log);
        }
    }

    [Theory]
    [InlineData("corrupt-crc-0")]
    [InlineData("corrupt-size-0")]
    [InlineData("corrupt-tail-0")]
    public void A_damaged_log_is_left_as_it_is(string log)
    {
        using var run = new GoldenRun(golden, "1-before", log, golden.LastMoment("2-cleaned"));
        var before = run.Files();

        Assert.True(Xunit.Record.Exception(run.Clean) is RecordsException or LogCleaningException);

        Assert.Equal(before, run.Files());
    }

    private IEnumerable<string> Logs(string after) => golden.Logs(after).Where(log => !Others.Contains(log));

    /// <summary>
    /// When Kafka cleaned a log: as its log line tells, which came some milliseconds late where the machine was busy, or as the delete
    /// horizons tell that this pass wrote.
    /// </summary>
    private IEnumerable<long> Moments(string after, string log)
    {
        var told = golden.Moment(after, log)!.Value;
        Assert.True(TopicPartition.TryParse(log, out var partition));
        var retentionMs = golden.Config(partition.Topic).DeleteRetentionMs;
        return Directory.GetFiles(Path.Join(golden.StagePath(after), log), "*.log")
            .SelectMany(path => Horizons(File.ReadAllBytes(path)))
            .Select(horizon => horizon - retentionMs)
            .Where(moment => moment <= told && moment > told - LateMs)
            .Prepend(told)
            .Distinct();
    }

    private static List<long> Horizons(byte[] log)
    {
        var horizons = new List<long>();
        foreach (var batch in new BatchIterator(log))
        {
            if (batch.Magic >= RecordFormat.MagicV2
                && new RecordBatchHeader(log.AsSpan((int)batch.Position, batch.SizeInBytes)) is { HasDeleteHorizon: true } header)
            {
                horizons.Add(header.DeleteHorizonMs);
            }
        }

        return horizons;
    }

    private string? Difference(string before, string after, string log, long momentMs)
    {
        using var run = new GoldenRun(golden, before, log, momentMs);
        run.Clean();
        var expected = Path.Join(golden.StagePath(after), log);
        var names = GoldenFiles.Segments(expected);
        var actualNames = GoldenFiles.Segments(run.LogPath).Where(name => !name.Contains(".deleted", StringComparison.Ordinal)).ToList();
        if (!names.SequenceEqual(actualNames))
        {
            return $"files {string.Join(' ', actualNames)} instead of {string.Join(' ', names)}";
        }

        var areCompressed = false;
        foreach (var name in names.Order(StringComparer.Ordinal).OrderBy(name => name.EndsWith(".log", StringComparison.Ordinal) ? 0 : 1))
        {
            var (wanted, got) = (File.ReadAllBytes(Path.Join(expected, name)), File.ReadAllBytes(Path.Join(run.LogPath, name)));
            if (wanted.AsSpan().SequenceEqual(got))
            {
                continue;
            }

            if (!name.EndsWith(".log", StringComparison.Ordinal))
            {
                if (!areCompressed)
                {
                    return $"{name}: {Convert.ToHexString(got)} instead of {Convert.ToHexString(wanted)}";
                }

                continue;
            }

            areCompressed = true;
            if (Difference(wanted, got) is { } difference)
            {
                return $"{name}: {difference}";
            }
        }

        return null;
    }

    private static string? Difference(byte[] wanted, byte[] got)
    {
        var (expected, actual) = (GoldenFiles.Describe(wanted), GoldenFiles.Describe(got));
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var (one, other) = (expected.ElementAtOrDefault(i), actual.ElementAtOrDefault(i));
            if (one != other)
            {
                return $"{other} instead of {one}";
            }
        }

        return null;
    }
}
