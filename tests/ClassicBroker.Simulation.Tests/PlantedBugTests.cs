using System.Text.RegularExpressions;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// Mistakes that are planted are caught: here those that show within a few seeds, <c>scripts/simulate.sh --table</c> counts for all of them.
/// </summary>
public sealed class PlantedBugTests
{
    private const int SeedsMax = 20;

    public static TheoryData<string> QuickBugs =>
    [
        "LeaderEpochNotBumped", "ControllerEpochNotCounted", "AckOnLeaderOnly", "FetchOffsetAheadOfLog", "LogStartNotPersisted",
        "AssignmentToAll", "OldGenerationCommitAccepted", "StaticMemberNotFenced", "RebalanceTimerLost", "TombstoneTooEarly", "CleanerRenumbers",
        "MarkerWrittenTwice", "PendingMarkerMapByIdOnly", "TxnOffsetsVisibleEarly", "EndTxnIgnoresEpoch", "LateProduceOpensTxn",
        "AbortedIndexMissing", "OpenTransactionsRead", "PartitionLeftOut", "CommitForgotten", "ProducerExpiryTooEarly", "CleanerDropsMarker",
        "SequenceWrapWrong", "SyncNotAwaited", "RetainsTooLittle", "UnacknowledgedDropped", "SingleRoundEpochLookup", "JoinIsrBeforeEpochStart",
        "NoDirFsync", "RecoveryCutsBelowHwAndLeads",
    ];

    [Theory]
    [MemberData(nameof(QuickBugs))]
    public void A_planted_bug_is_caught_by_an_invariant_it_breaks(string name)
    {
        var caught = Enumerable.Range(1, SeedsMax)
            .Select(seed => Attempt.At(Scenario.Draw((ulong)seed), name))
            .FirstOrDefault(attempt => !attempt.IsClean);

        Assert.NotNull(caught);
        Assert.Contains(caught.Invariant, PlantedBugs.Make(name)!.Invariants);
    }

    /// <summary>A row says by what a bug was caught, and after how many seeds.</summary>
    [Fact]
    public void The_table_in_the_docs_has_every_planted_bug_caught()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryLayout.Root, "docs", "planted-bugs.md"))
            .Select(line => Regex.Match(line, @"^\| `(\w+)` \|.*\| [HLW]\d+(?:, [HLW]\d+)* \| \d+ \| \d+ \|$"))
            .Where(row => row.Success)
            .Select(row => row.Groups[1].Value);
        Assert.Equal(PlantedBugs.Names, rows);
    }

    [Fact]
    public void A_failure_shrinks_to_faults_that_still_bring_it_about()
    {
        const string Bug = "ControllerEpochNotCounted";
        var failing = Enumerable.Range(1, SeedsMax)
            .Select(seed => Attempt.At(Scenario.Draw((ulong)seed), Bug))
            .First(attempt => !attempt.IsClean);

        var smallest = Shrinker.Shrink(failing, Bug);
        Assert.Equal(failing.Invariant, smallest.Invariant);
        Assert.NotNull(smallest.Scenario.Kept);
        var all = PlantedBugs.Make(Bug)!.Adapt(failing.Scenario).Faults;
        Assert.InRange(smallest.Scenario.Kept.Count, 1, all.Count);
        Assert.Equal(failing.Invariant, Attempt.At(smallest.Scenario, Bug).Invariant);
    }
}
