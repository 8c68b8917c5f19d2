using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Tests;

/// <summary>What a leader took without waiting for replicas may be lost only where its epoch ended before it was replicated (H16).</summary>
public sealed class LeaderChangesTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_record_that_was_committed_before_its_epoch_ended_is_not_excused() => AssertJudged(offset: 6, leaderEpoch: 1, isBroken: true);

    [Fact]
    public void A_record_that_was_not_committed_when_its_epoch_ended_may_be_lost() => AssertJudged(offset: 7, leaderEpoch: 1, isBroken: false);

    [Fact]
    public void A_later_change_of_leader_excuses_nothing_an_earlier_epoch_left_committed() =>
        AssertJudged(offset: 5, leaderEpoch: 0, isBroken: false, committedBeforeFirst: 4);

    [Fact]
    public void A_record_of_an_epoch_that_has_not_ended_is_not_excused() => AssertJudged(offset: 30, leaderEpoch: 2, isBroken: true);

    /// <summary>One that does not know that it was deposed takes records in an epoch that has ended.</summary>
    [Fact]
    public void A_record_of_a_deposed_leader_may_be_lost() => AssertJudged(offset: 9, leaderEpoch: 1, isBroken: false);

    private static void AssertJudged(long offset, int leaderEpoch, bool isBroken, long committedBeforeFirst = 5)
    {
        var changes = new LeaderChanges();
        changes.Note(Partition, 0, 0);
        changes.Note(Partition, 1, committedBeforeFirst);
        changes.Note(Partition, 2, 7);
        changes.Note(Partition, 2, 20);
        var history = new ClientHistory();
        history.TakeByLeader(Partition, "0:1", offset, leaderEpoch);
        var stored = new Dictionary<long, string> { [offset] = "1:1" };
        if (isBroken)
        {
            Assert.Equal("H16", Assert.Throws<InvariantBrokenException>(() => history.Finish(Partition, 0, stored, changes)).Invariant);
        }
        else
        {
            history.Finish(Partition, 0, stored, changes);
        }
    }
}
