using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// Cleans logs of Kafka 2.2.2 as they were before its cleaner ran, and compares with what it made of them, file by file and record by
/// record. Since KIP-534 tombstones and transactions' markers of the newest format first get a horizon, and go in a later pass; what that
/// keeps here, and Kafka 2.2.2 dropped, is all that may differ.
/// </summary>
public sealed class OlderGoldenCompactionTests(OlderGoldenCompaction golden) : IClassFixture<OlderGoldenCompaction>
{
    private const short HorizonFlag = 0x40;

    /// <summary>Settings of internal topics are not recorded.</summary>
    private static readonly string[] Others = ["__consumer_offsets-0", "__transaction_state-0"];

    public static TheoryData<string, string> Stages()
    {
        var stages = new TheoryData<string, string>();
        foreach (var (before, after) in OlderGoldenCompaction.Passes)
        {
            stages.Add(before, after);
        }

        return stages;
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void What_is_left_of_a_log_is_what_kafka_left_but_for_the_horizon(string before, string after)
    {
        var (compared, identical) = (0, 0);
        foreach (var log in Logs(after).Where(log => golden.Moment(after, log) is not null))
        {
            var (difference, isIdentical) = Compare(before, after, log);
            Assert.True(difference is null, $"{log}: {difference}");
            compared++;
            identical += isIdentical ? 1 : 0;
        }

        Assert.True(compared >= 27, $"only {compared} logs");
        Assert.True(identical > 5, $"only {identical} of {compared} are the same to the byte");
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

    private IEnumerable<string> Logs(string after) => golden.Logs(after).Where(log => !Others.Contains(log));

    private (string? Difference, bool IsIdentical) Compare(string before, string after, string log)
    {
        using var run = new GoldenRun(golden, before, log, golden.Moment(after, log)!.Value);

        // Retention came before the cleaner there.
        run.Log.DeleteOldSegments();
        run.Clean();
        var expected = Path.Join(golden.StagePath(after), log);
        var names = LogNames(expected);
        var actualNames = LogNames(run.LogPath);
        if (!names.SequenceEqual(actualNames))
        {
            return ($"files {string.Join(' ', actualNames)} instead of {string.Join(' ', names)}", false);
        }

        var isIdentical = true;
        foreach (var name in names)
        {
            var (wanted, got) = (File.ReadAllBytes(Path.Join(expected, name)), File.ReadAllBytes(Path.Join(run.LogPath, name)));
            if (wanted.AsSpan().SequenceEqual(got))
            {
                if (IndexDifference(expected, run.LogPath, name) is { } ofIndex)
                {
                    return (ofIndex, false);
                }

                continue;
            }

            isIdentical = false;
            if (Difference(GoldenBatch.AllOf(wanted), GoldenBatch.AllOf(got)) is { } difference)
            {
                return ($"{name}: {difference}", false);
            }
        }

        return (null, isIdentical);
    }

    private static List<string> LogNames(string directory) =>
        [.. GoldenFiles.Segments(directory).Where(name => LogFileNames.IsOffsetFile(name, LogFileNames.LogSuffix, out _))];

    /// <summary>
    /// A log that is the same has the same index of aborted transactions. Offsets and times are indexed by batch since Kafka 3.9, by what
    /// the cleaner wrote at once before.
    /// </summary>
    private static string? IndexDifference(string expected, string actual, string log)
    {
        var name = Path.ChangeExtension(log, LogFileNames.TransactionIndexSuffix);
        var (wanted, got) = (Content(Path.Join(expected, name)), Content(Path.Join(actual, name)));
        return wanted == got ? null : $"{name}: {got} instead of {wanted}";

        static string Content(string path) => File.Exists(path) ? Convert.ToHexString(File.ReadAllBytes(path)) : "none";
    }

    /// <summary>Takes what only the horizon keeps out of ours; what is left must be Kafka's.</summary>
    private static string? Difference(List<GoldenBatch> wanted, List<GoldenBatch> got)
    {
        var known = wanted.SelectMany(batch => batch.Records).Select(record => record.Offset).ToHashSet();
        var batches = wanted.Select(batch => batch.Header.LastOffset).ToHashSet();
        var left = new List<GoldenBatch>();
        foreach (var batch in got)
        {
            var surplus = batch.Records.Where(record => !known.Contains(record.Offset)).ToList();
            if (surplus.Find(record => !batch.MayWait(record)) is { } kept)
            {
                return $"{kept.Text} is kept";
            }

            if (surplus.Count > 0 && !batch.HasHorizon)
            {
                return $"{surplus[0].Text} waits without a horizon";
            }

            if (surplus.Count == 0 || batches.Contains(batch.Header.LastOffset))
            {
                left.Add(batch with { Records = [.. batch.Records.Where(record => known.Contains(record.Offset))] });
            }
        }

        for (var i = 0; i < Math.Max(wanted.Count, left.Count); i++)
        {
            var (one, other) = (wanted.ElementAtOrDefault(i), left.ElementAtOrDefault(i));
            if (one is null || other is null || one.Comparable(HorizonFlag) != other.Comparable(HorizonFlag))
            {
                return $"{other?.Comparable(HorizonFlag)} instead of {one?.Comparable(HorizonFlag)}";
            }
        }

        return null;
    }
}
