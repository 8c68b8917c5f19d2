using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Replication.Tests;

/// <summary>Leaders that may have been replaced, and leaders that have just replaced another.</summary>
public sealed partial class PartitionTests
{
    /// <summary>A leader that stood still while another took its place does not tell a producer that its records are out of order.</summary>
    [Fact]
    public void A_leader_in_doubt_refuses_a_sequence_it_does_not_expect_as_one_that_does_not_lead()
    {
        Lead(1, 0, 1);
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 0));
        var refused = Assert.ThrowsAny<RecordsException>(() => AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, refused.Code);

        _time.AdvanceMs(2_001);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(1, Log.LogEndOffset);
        Fetch(1, 1);
        Fetch(1, 1);
        Assert.ThrowsAny<RecordsException>(() => AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 1));
    }

    /// <summary>
    /// librdkafka sends what comes next to the new leader while what was before still waits at the old one, which is cut off. By
    /// OUT_OF_ORDER_SEQUENCE_NUMBER it would begin a new epoch, and send again, in other partitions too, what has been appended.
    /// </summary>
    [Fact]
    public void A_leader_that_has_just_taken_over_asks_for_a_sequence_that_comes_too_early_again()
    {
        _partition.MakeFollower(Assignment(1, 1, [0, 1]), NewLog);
        Lead(2, 0, 1);
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 0));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(1, Log.LogEndOffset);

        _time.AdvanceMs(30_000);
        Fetch(1, 1);
        Fetch(1, 1);
        var refused = Assert.ThrowsAny<RecordsException>(() => AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, refused.Code);
    }

    /// <summary>
    /// A follower that got no answer has asked again by another connection: when the leader wakes it finds both, and neither says that it
    /// is followed now.
    /// </summary>
    [Fact]
    public void Fetches_of_two_connections_do_not_prove_that_a_leader_is_followed()
    {
        Lead(1, 0, 1);
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 0));
        _time.AdvanceMs(2_001);
        Fetch(1, 1, connection: 4);
        Fetch(1, 1, connection: 5);
        Assert.True(_partition.MayBeReplaced);
        Fetch(1, 1, connection: 5);
        Assert.False(_partition.MayBeReplaced);
    }

    /// <summary>Fetches that were sent before the leader stood still are found when it wakes, one behind the other.</summary>
    [Fact]
    public void A_leader_whose_registration_may_be_gone_refuses_such_a_sequence_so_whatever_its_followers_have_sent()
    {
        Lead(1, 0, 1);
        _partition.NoteAppointment(5);
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 0));
        Fetch(1, 1);
        Fetch(1, 1);
        _registration = 6;
        Assert.True(_partition.MayBeReplaced);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(1, Log.LogEndOffset);

        _partition.NoteAppointment(6);
        Assert.False(_partition.MayBeReplaced);
        Assert.ThrowsAny<RecordsException>(() => AppendOf(producerId: 7, sequence: 5));
    }

    [Fact]
    public void A_leader_that_is_alone_in_sync_is_not_replaced_whatever_becomes_of_its_session()
    {
        Lead(1, 0);
        _registration = 6;
        Assert.False(_partition.MayBeReplaced);
        Assert.Equal(ErrorCode.None, AppendOf(producerId: 7, sequence: 0));
        var refused = Assert.ThrowsAny<RecordsException>(() => AppendOf(producerId: 7, sequence: 5));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, refused.Code);
    }

    /// <summary>A fetch that was sent before the leader fell silent is found when it wakes, and says nothing of now.</summary>
    [Fact]
    public void A_leader_is_in_doubt_while_a_follower_in_sync_is_silent_until_that_fetches_twice()
    {
        const int Silence = 6_000;
        Lead(1, 0, 1);
        _time.AdvanceMs(Silence);
        Assert.False(_partition.IsLeadershipInDoubt(Silence));
        _time.AdvanceMs(1);
        Assert.True(_partition.IsLeadershipInDoubt(Silence));
        Fetch(1, 0);
        Assert.True(_partition.IsLeadershipInDoubt(Silence));
        Fetch(1, 0);
        Assert.False(_partition.IsLeadershipInDoubt(Silence));
    }

    [Fact]
    public void A_leader_led_at_a_moment_after_which_every_follower_in_sync_has_fetched_twice()
    {
        Lead(1, 0, 1, 2);
        _time.AdvanceMs(1_000);
        var moment = _time.MonotonicMs();
        Fetch(1, 0);
        Fetch(1, 0);
        Fetch(2, 0);
        Assert.False(_partition.IsFollowedSince(moment));
        Fetch(2, 0);
        Assert.True(_partition.IsFollowedSince(moment));
        Assert.False(_partition.IsFollowedSince(moment + 1));

        _partition.MakeFollower(Assignment(1, 2, [1, 2], 1), NewLog);
        Assert.False(_partition.IsFollowedSince(moment));
    }

    [Fact]
    public void A_leader_is_in_no_doubt_for_a_follower_that_is_not_in_sync_nor_when_it_was_confirmed()
    {
        const int Silence = 6_000;
        Lead(1, 0);
        _time.AdvanceMs(2 * Silence);
        Assert.False(_partition.IsLeadershipInDoubt(Silence));
        Fetch(1, 0);
        Answer(ErrorCode.None);
        Assert.Equal([0, 1], _partition.Isr);
        Assert.False(_partition.IsLeadershipInDoubt(Silence));
    }
}
