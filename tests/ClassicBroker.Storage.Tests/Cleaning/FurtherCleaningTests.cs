using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>Directories that a Kafka's cleaner has been at are read as Kafka read them, and cleaned further without harm.</summary>
public sealed class FurtherCleaningTests(GoldenCompaction golden, OlderGoldenCompaction older)
    : IClassFixture<GoldenCompaction>, IClassFixture<OlderGoldenCompaction>
{
    private const long DayMs = 24 * 3600 * 1000L;

    /// <summary>Damaged on purpose, which ends a cleaning.</summary>
    private static readonly string[] Damaged = ["corrupt-crc-0", "corrupt-size-0", "corrupt-tail-0"];

    /// <summary>Of a Kafka, the stages that its cleaner left.</summary>
    public static TheoryData<bool, string> Stages() => new()
    {
        { false, "2-cleaned" },
        { false, "4-cleaned-again" },
        { false, "6-cleaned-thrice" },
        { true, "2-cleaned" },
        { true, "4-cleaned-again" },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_cleaned_directory_is_cleaned_further_without_harm(bool isOlder, string stage)
    {
        GoldenCleaning directory = isOlder ? older : golden;
        foreach (var name in directory.Logs(stage).Where(IsWhole))
        {
            using var run = new GoldenRun(directory, stage, name, directory.LastMoment(stage));
            if (run.Log.Config.IsDeleted)
            {
                continue;
            }

            var (end, stable) = (run.Log.LogEndOffset, run.Log.LastStableOffset);
            var (all, committed) = (ConsumedRecords.Of(run.Log, isCommitted: false), ConsumedRecords.Of(run.Log, isCommitted: true));
            run.Log.Roll();
            for (var pass = 0; pass < 3; pass++)
            {
                run.CleanAfter(2 * DayMs);
                RequireSuperseded(all, ConsumedRecords.Of(run.Log, isCommitted: false), committed, stable, $"{name}, pass {pass}");
                RequireSuperseded(
                    committed, ConsumedRecords.Of(run.Log, isCommitted: true), committed, stable, $"{name}, pass {pass}, committed");
            }

            Assert.Equal((end, stable), (run.Log.LogEndOffset, run.Log.LastStableOffset));
        }
    }

    /// <summary>Internal topics hold what only coordinators read.</summary>
    private static bool IsWhole(string log) => !log.StartsWith("__", StringComparison.Ordinal) && !Damaged.Contains(log);

    /// <summary>
    /// What is left was there before and where it was; what has gone had a newer value, was a tombstone, had no key, or was aborted.
    /// </summary>
    private static void RequireSuperseded(
        List<(long Offset, string Key, string Value)> before,
        List<(long Offset, string Key, string Value)> after,
        List<(long Offset, string Key, string Value)> committed,
        long stable,
        string because)
    {
        var kept = after.ToHashSet();
        Assert.True(kept.IsSubsetOf(before), $"{because}: {after.Except(before).FirstOrDefault()} was not there");
        var real = committed.ToHashSet();
        var newest = new Dictionary<string, long>();
        foreach (var record in committed)
        {
            newest[record.Key] = record.Offset;
        }

        foreach (var record in before.Where(record => !kept.Contains(record)))
        {
            var isAborted = record.Offset < stable && !real.Contains(record);
            Assert.True(
                record.Value == "null" || record.Key == "null" || isAborted || newest.GetValueOrDefault(record.Key, -1) > record.Offset,
                $"{because}: {record} is lost");
        }
    }
}
