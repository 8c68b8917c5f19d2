using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Offsets;

/// <summary>Who may commit, when a commit counts, and what a fetch tells.</summary>
public sealed class OffsetCommitsTests
{
    private const long ProducerId = 7;

    /// <summary>Behind all that a test commits.</summary>
    private const long MarkerOffset = 100;

    private readonly CoordinatorHarness _broker = CoordinatorHarness.Leading();

    private ErrorCode Commit(long offset, string memberId = "", int generation = -1, string metadata = "") =>
        _broker.Time.Await(_broker.Commit(offset, memberId, generation, metadata: metadata)).Error;

    private static PartitionCommit CommitIn(CoordinatorHarness broker, long producerId, long offset) =>
        broker.Time.Await(BeginCommitIn(broker, producerId, offset));

    private static Task<PartitionCommit> BeginCommitIn(CoordinatorHarness broker, long producerId, long offset)
    {
        var commit = new PartitionCommit(new("t", 0), new(offset, -1, "", 0, CommittedOffset.NoExpiration));
        return broker.Start(async () =>
        {
            await broker.Coordinator.Offsets.CommitTransactionalAsync(new("g", -1, "", null), producerId, 0, [commit]);
            return commit;
        });
    }

    [Fact]
    public void A_consumer_without_a_group_commits_and_fetches()
    {
        Assert.Equal(ErrorCode.None, Commit(42, metadata: "note"));
        Assert.Equal(new FetchedOffset(new("t", 0), 42, 5, "note", ErrorCode.None), _broker.Fetch());
        Assert.Equal(FetchedOffset.None(new("other", 0)), _broker.Fetch(topic: "other"));
        Assert.Equal(FetchedOffset.None(new("t", 0)), _broker.Fetch(group: "absent"));
        Assert.Equal("Empty", _broker.StateOf());
    }

    [Fact]
    public void A_null_list_of_partitions_fetches_all()
    {
        Commit(1);
        _broker.Time.Await(_broker.Commit(2, topic: "a"));
        Assert.Equal(ErrorCode.None, _broker.Coordinator.Offsets.Fetch("g", null, false, out var offsets));
        Assert.Equal(["a-0 2", "t-0 1"], offsets.Select(offset => $"{offset.Partition} {offset.Offset}"));
    }

    [Fact]
    public void Members_commit_for_their_generation_only()
    {
        Assert.Equal(ErrorCode.IllegalGeneration, Commit(1, "absent", 3));
        var member = _broker.Stable();
        Assert.Equal(ErrorCode.None, Commit(1, member, 1));
        Assert.Equal(ErrorCode.IllegalGeneration, Commit(2, member, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit(2, "other", 1));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit(2));
        Assert.Equal(1, _broker.Fetch().Offset);
    }

    [Fact]
    public void A_commit_keeps_a_session_alive()
    {
        var member = _broker.Stable();
        for (var i = 0; i < 4; i++)
        {
            _broker.Time.AdvanceMs(9_000);
            Assert.Equal(ErrorCode.None, Commit(i, member, 1));
        }
    }

    [Fact]
    public void While_members_join_they_may_commit_and_while_the_assignment_is_awaited_they_may_not()
    {
        var first = _broker.Stable();
        _broker.Join(CoordinatorHarness.JoinRequest());
        Assert.Equal(ErrorCode.None, Commit(1, first, 1));
        _broker.Join(CoordinatorHarness.JoinRequest(first));
        Assert.Equal(ErrorCode.RebalanceInProgress, Commit(2, first, 2));
    }

    [Fact]
    public void Metadata_that_is_too_long_fails_alone()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { OffsetMetadataMax = 3 });
        PartitionCommit[] commits =
        [
            new(new("t", 0), new(1, -1, "1234", 0, CommittedOffset.NoExpiration)),
            new(new("t", 1), new(2, -1, "123", 0, CommittedOffset.NoExpiration)),
        ];
        broker.Time.Await(broker.Start(async () =>
        {
            await broker.Coordinator.Offsets.CommitAsync(new("g", -1, "", null), commits);
            return true;
        }));
        Assert.Equal([ErrorCode.OffsetMetadataTooLarge, ErrorCode.None], commits.Select(commit => commit.Error));
    }

    [Fact]
    public void A_commit_counts_once_the_replicas_have_it()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        var commit = broker.Commit(9);
        Assert.False(commit.IsCompleted);
        Assert.Equal(-1, broker.Fetch().Offset);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, broker.Fetch(requireStable: true).Error);
        broker.Replicate();
        Assert.Equal(ErrorCode.None, broker.Time.Await(commit).Error);
        Assert.Equal(9, broker.Fetch(requireStable: true).Offset);
    }

    [Fact]
    public void A_commit_the_replicas_do_not_get_in_time_is_told_so_and_does_not_count()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        var commit = broker.Commit(9);
        broker.Time.AdvanceMs(5_001);
        Assert.Equal(ErrorCode.RequestTimedOut, broker.Time.Await(commit).Error);
        Assert.Equal((-1, ErrorCode.None), (broker.Fetch(requireStable: true).Offset, broker.Fetch(requireStable: true).Error));
    }

    [Fact]
    public void Acks_of_the_leader_alone_wait_for_no_replica()
    {
        var broker = new CoordinatorHarness(settings => settings with { CommitRequiredAcks = 1 });
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, broker.Time.Await(broker.Commit(9)).Error);
    }

    [Fact]
    public void Acks_that_no_append_has_are_refused()
    {
        var broker = CoordinatorHarness.Leading(settings => settings with { CommitRequiredAcks = 2 });
        Assert.Equal(ErrorCode.InvalidRequiredAcks, broker.Time.Await(broker.Commit(9)).Error);
    }

    [Fact]
    public void An_offset_of_a_transaction_counts_when_its_marker_is_written()
    {
        Commit(1);
        Assert.Equal(ErrorCode.None, CommitIn(_broker, ProducerId, 5).Error);
        Assert.Equal((1, ErrorCode.None), (_broker.Fetch().Offset, _broker.Fetch().Error));
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _broker.Fetch(requireStable: true).Error);
        _broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, MarkerOffset, isCommit: true);
        Assert.Equal(5, _broker.Fetch(requireStable: true).Offset);
    }

    [Fact]
    public void An_aborted_transaction_leaves_what_was_committed_before()
    {
        Commit(1);
        CommitIn(_broker, ProducerId, 5);
        _broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, MarkerOffset, isCommit: false);
        Assert.Equal(1, _broker.Fetch(requireStable: true).Offset);
    }

    /// <summary>A commit that is sent again is decided by a marker that is written before its own append has been replicated.</summary>
    [Fact]
    public void A_marker_decides_what_is_before_it_in_the_log_whether_its_committer_has_been_told_or_not()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        var committing = BeginCommitIn(broker, ProducerId, 5);
        broker.Time.RunUntilIdle();
        Assert.False(committing.IsCompleted);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, broker.Fetch(requireStable: true).Error);
        broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, MarkerOffset, isCommit: true);
        Assert.Equal((5, ErrorCode.None), (broker.Fetch(requireStable: true).Offset, broker.Fetch(requireStable: true).Error));
    }

    [Fact]
    public void A_marker_leaves_what_is_behind_it_to_the_next_one()
    {
        CommitIn(_broker, ProducerId, 5);
        _broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, markerOffset: -1, isCommit: true);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, _broker.Fetch(requireStable: true).Error);
        _broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, MarkerOffset, isCommit: true);
        Assert.Equal(5, _broker.Fetch(requireStable: true).Offset);
    }

    [Fact]
    public void Of_two_commits_the_later_in_the_log_counts_whenever_it_is_decided()
    {
        CommitIn(_broker, ProducerId, 5);
        Commit(9);
        _broker.Coordinator.Offsets.CompleteTransaction(ProducerId, 0, MarkerOffset, isCommit: true);
        Assert.Equal(9, _broker.Fetch().Offset);
    }

    [Fact]
    public void A_coordinator_that_was_cut_off_long_enough_to_be_replaced_tells_no_offset()
    {
        var broker = new CoordinatorHarness(settings => settings with { CutOffMs = 6_000 });
        broker.Lead(0, 1);
        broker.Time.RunUntilIdle();
        var committing = broker.Commit(1);
        broker.Replicate();
        Assert.Equal(ErrorCode.None, broker.Time.Await(committing).Error);
        broker.Time.AdvanceMs(6_000);
        Assert.Equal(ErrorCode.None, broker.Time.Await(broker.Confirm()));
        broker.Time.AdvanceMs(1);
        Assert.Equal(ErrorCode.NotCoordinator, broker.Time.Await(broker.Confirm()));
        broker.Replicate();
        broker.Replicate();
        Assert.Equal(ErrorCode.None, broker.Time.Await(broker.Confirm()));
    }

    [Fact]
    public void A_coordinator_whose_session_may_be_over_tells_offsets_once_all_followers_in_sync_were_heard_to_follow()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0, 1, 2);
        broker.Time.AdvanceMs(1_000);
        broker.IsAppointed = false;
        var confirming = broker.Confirm();
        broker.Replicate(1);
        broker.Replicate(2);
        broker.Replicate(1);
        broker.Time.AdvanceMs(500);
        Assert.False(confirming.IsCompleted);

        // This fetch was sent after the one before was taken, which came after the question.
        broker.Replicate(2);
        broker.Time.AdvanceMs(100);
        Assert.Equal(ErrorCode.None, broker.Time.Await(confirming));

        var again = broker.Confirm();
        broker.Replicate(1);
        broker.Replicate(1);
        broker.Time.AdvanceMs(2_100);
        Assert.Equal(ErrorCode.NotCoordinator, broker.Time.Await(again));
        broker.IsAppointed = true;
        Assert.Equal(ErrorCode.None, broker.Time.Await(broker.Confirm()));
    }

    [Fact]
    public void A_coordinator_that_is_alone_in_sync_cannot_have_been_replaced()
    {
        var broker = new CoordinatorHarness();
        broker.Lead(0);
        broker.Time.RunUntilIdle();
        broker.IsAppointed = false;
        Assert.Equal(ErrorCode.None, broker.Time.Await(broker.Confirm()));
    }

    [Fact]
    public void An_empty_group_id_is_good_for_offsets() =>
        Assert.Equal(ErrorCode.None, _broker.Time.Await(_broker.Commit(1, group: "")).Error);
}
