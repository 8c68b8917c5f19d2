namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>The checker finds what it is there to find.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly string[] Log = ["0 0 once 0", "0 1 once 1", "0 2 often 0", "1 0 once 2"];

    [Fact]
    public void A_history_that_is_whole_has_no_anomalies()
    {
        var checker = Check(["0 0 0", "0 1 1", "1 0 2"], ["0 2 0"], Log, ["0 0 once 0", "0 2 often 0"]);
        Assert.Empty(checker.Anomalies);
        Assert.Equal((4, 4, 2, 0), (checker.Acknowledged, checker.Logged, checker.Seen, checker.Repeated));
    }

    [Fact]
    public void What_was_acknowledged_without_an_offset_may_be_anywhere() => Assert.Empty(Check(["0 -1 1"], [], Log, []).Anomalies);

    [Theory]
    [InlineData("0 0 0|0 3 3", "0 2 0", "lost: record 3 of once")]
    [InlineData("0 0 1", "", "lost: record 1 of once, acknowledged at offset 0 of partition 0")]
    [InlineData("", "1 5 7", "lost: record 7 of often")]
    [InlineData("0 -1 7", "", "lost: record 7 of once, acknowledged at an offset that was not told")]
    public void What_was_acknowledged_and_is_not_at_its_place_is_lost(string once, string often, string anomaly) =>
        AssertFound(anomaly, Check(Lines(once), Lines(often), Log, []));

    [Theory]
    [InlineData("0 0 once 0|0 1 once 0", "twice in the log: 0 1 once 0")]
    [InlineData("0 0 once 1|0 1 once 0", "behind record 1 of the same producer: 0 1 once 0")]
    [InlineData("0 0 once 0|0 2 once 1", "offset 1 of partition 0 is missing")]
    [InlineData("0 0 once 0|0 0 once 1", "offset 1 of partition 0 is missing or has two values")]
    [InlineData("0 0 stranger 0", "nothing of this producer was sent")]
    public void A_log_that_cannot_be_is_told(string log, string anomaly) => AssertFound(anomaly, Check([], [], Lines(log), []));

    [Fact]
    public void Producers_without_idempotence_may_repeat_themselves()
    {
        var checker = Check([], [], ["0 0 often 1", "0 1 often 1", "0 2 often 0"], []);
        Assert.Empty(checker.Anomalies);
        Assert.Equal(1, checker.Repeated);
    }

    [Theory]
    [InlineData("0 1 once 0")]
    [InlineData("0 9 once 9")]
    [InlineData("2 0 once 0")]
    public void What_a_reader_saw_and_the_log_has_not_was_never_committed(string seen) =>
        AssertFound($"a reader saw what is not in the log: {seen}", Check([], [], Log, [seen]));

    private static HistoryChecker Check(string[] once, string[] often, string[] log, string[] seen)
    {
        var checker = new HistoryChecker();
        checker.AddProducer("once", isIdempotent: true, once);
        checker.AddProducer("often", isIdempotent: false, often);
        checker.CheckLog(log);
        checker.CheckReader(seen);
        return checker;
    }

    private static string[] Lines(string text) => text.Split('|', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertFound(string anomaly, HistoryChecker checker) =>
        Assert.Contains(checker.Anomalies, found => found.Contains(anomaly, StringComparison.Ordinal));
}
