using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>The life of a transactional id at its coordinator: loading, markers, time, and the loss of leadership at every step.</summary>
public sealed class TransactionCoordinatorTests
{
    private readonly TransactionHarness _broker = TransactionHarness.Leading();

    private static TransactionState Prepared(TransactionStatus status = TransactionStatus.PrepareCommit) =>
        new()
        {
            ProducerId = 7,
            ProducerEpoch = 2,
            TimeoutMs = 60_000,
            Status = status,
            Partitions = [new("a", 0), new("b", 1)],
            StartMs = 5,
            LastUpdateMs = 6,
        };

    [Fact]
    public void A_transaction_is_stored_step_by_step_as_kafka_stores_it()
    {
        _broker.Init();
        _broker.Time.AdvanceMs(10);
        _broker.Add(0, 0, "b-1");
        _broker.Time.AdvanceMs(10);
        _broker.Add(0, 0, "a-0", "b-1");
        _broker.Time.AdvanceMs(10);
        _broker.Add(0, 0, "a-0");
        _broker.End(0, 0);

        var states = _broker.Records().ConvertAll(record => record.State!);
        Assert.Equal(
            [
                TransactionStatus.Empty, TransactionStatus.Ongoing, TransactionStatus.Ongoing, TransactionStatus.PrepareCommit,
                TransactionStatus.CompleteCommit,
            ],
            states.Select(state => state.Status));
        Assert.Equal(["", "b-1", "a-0 b-1", "a-0 b-1", ""], states.Select(state => string.Join(' ', state.Partitions)));
        var began = states[1].StartMs;
        Assert.Equal([-1, began, began, began, began], states.Select(state => state.StartMs));
        Assert.Equal([began, began + 10, began + 20, began + 20], states.Skip(1).Select(state => state.LastUpdateMs));
        Assert.Equal(["1: 0 0 COMMIT 0 a-0 b-1"], _broker.Targets.Written);
    }

    [Fact]
    public void Nothing_is_decided_before_the_replicas_have_it()
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0");
        _broker.Lead(1, 1);
        var end = _broker.BeginEnd(0, 0);

        Assert.False(end.IsCompleted);
        Assert.Empty(_broker.Targets.Written);
        Assert.Equal("Ongoing 0 0 a-0", _broker.Describe());
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.End(0, 0));

        _broker.Replicate();
        Assert.Equal(ErrorCode.None, _broker.Time.Await(end));
        Assert.Equal(["1: 0 0 COMMIT 0 a-0"], _broker.Targets.Written);
        Assert.Equal("PrepareCommit 0 0", _broker.Describe());
        _broker.Replicate();
        Assert.Equal("CompleteCommit 0 0", _broker.Describe());
    }

    [Fact]
    public void A_decision_that_leadership_was_lost_with_is_left_to_the_next_coordinator()
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0");
        _broker.Lead(1, 1);
        var end = _broker.BeginEnd(0, 0);
        _broker.Follow(2);
        _broker.Time.RunUntilIdle();

        Assert.Equal(ErrorCode.NotCoordinator, _broker.Time.Await(end));
        Assert.Empty(_broker.Targets.Written);
        Assert.Equal("NotCoordinator", _broker.Describe());
    }

    [Fact]
    public void What_a_previous_coordinator_decided_is_brought_to_its_end_in_the_new_epoch()
    {
        _broker.Follow(1);
        _broker.Store("tx", Prepared());
        _broker.Store("other", Prepared(TransactionStatus.PrepareAbort) with { ProducerId = 8 });
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();

        Assert.Equal(["1: 8 2 ABORT 2 a-0 b-1", "1: 7 2 COMMIT 2 a-0 b-1"], _broker.Targets.Written.OrderDescending());
        Assert.Equal("CompleteCommit 7 2", _broker.Describe());
        Assert.Equal("CompleteAbort 8 2", _broker.Describe("other"));
    }

    /// <summary>Another leader, which may lack them, would know neither the decision nor a partition that was added.</summary>
    [Fact]
    public void States_only_this_replica_has_are_loaded_once_the_others_have_them()
    {
        _broker.Follow(1);
        _broker.Store("tx", Prepared());
        _broker.Lead(2, 1);
        _broker.Time.RunUntilIdle();

        Assert.Empty(_broker.Targets.Written);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, _broker.End(7, 2));
        _broker.Replicate();
        _broker.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(["1: 7 2 COMMIT 2 a-0 b-1"], _broker.Targets.Written);
    }

    [Fact]
    public void A_load_goes_on_when_the_leader_is_elected_again_meanwhile()
    {
        _broker.Follow(1);
        _broker.Store("tx", Prepared());
        _broker.Lead(2);
        _broker.Coordinator.OnElected(0, 3);
        _broker.Time.RunUntilIdle();

        Assert.Equal("CompleteCommit 7 2", _broker.Describe());
        Assert.Equal(["1: 7 2 COMMIT 3 a-0 b-1"], _broker.Targets.Written);
    }

    [Theory]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.NotEnoughReplicas)]
    [InlineData(ErrorCode.NotEnoughReplicasAfterAppend)]
    [InlineData(ErrorCode.RequestTimedOut)]
    [InlineData(ErrorCode.KafkaStorageError)]
    [InlineData(ErrorCode.ClusterAuthorizationFailed)]
    public void A_marker_that_was_not_written_is_sent_again_and_the_others_are_not(ErrorCode refusal)
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0", "b-1");
        _broker.Targets.Answers[new("b", 1)] = refusal;
        _broker.End(0, 0, isCommit: false);
        Assert.Equal("PrepareAbort 0 0 b-1", _broker.Describe());

        _broker.Targets.Answers.Clear();
        _broker.Targets.Leaders[new("b", 1)] = 2;
        _broker.Time.AdvanceMs(100);
        Assert.Equal(["1: 0 0 ABORT 0 a-0 b-1", "2: 0 0 ABORT 0 b-1"], _broker.Targets.Written);
        Assert.Equal("CompleteAbort 0 0", _broker.Describe());
    }

    [Theory]
    [InlineData(ErrorCode.InvalidProducerEpoch)]
    [InlineData(ErrorCode.TransactionCoordinatorFenced)]
    public void A_marker_that_a_newer_producer_or_coordinator_forbids_is_given_up_until_the_next_load(ErrorCode refusal)
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Answers[new("a", 0)] = refusal;
        _broker.End(0, 0);
        _broker.Time.AdvanceMs(60_000);
        Assert.Single(_broker.Targets.Written);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.End(0, 0));

        _broker.Targets.Answers.Clear();
        _broker.Follow(1);
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();
        Assert.Equal("CompleteCommit 0 0", _broker.Describe());
    }

    [Fact]
    public void Markers_wait_for_a_leader_and_for_brokers_that_are_away()
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0", "b-1");
        _broker.Targets.Leaders[new("a", 0)] = null;
        _broker.Targets.Unreachable.Add(1);
        _broker.End(0, 0);
        _broker.Time.AdvanceMs(250);
        Assert.Equal("PrepareCommit 0 0 a-0 b-1", _broker.Describe());

        _broker.Targets.Unreachable.Clear();
        _broker.Targets.Leaders.Clear();
        _broker.Time.AdvanceMs(100);
        Assert.Equal("CompleteCommit 0 0", _broker.Describe());
    }

    [Fact]
    public void A_deleted_partition_needs_no_marker()
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0", "b-1");
        _broker.Targets.Leaders[new("b", 1)] = null;
        _broker.Targets.Deleted.Add(new("b", 1));
        _broker.End(0, 0);
        _broker.Time.AdvanceMs(100);

        Assert.Equal(["1: 0 0 COMMIT 0 a-0"], _broker.Targets.Written);
        Assert.Equal("CompleteCommit 0 0", _broker.Describe());
    }

    [Fact]
    public void Markers_that_come_while_a_broker_is_asked_go_together_in_the_next_request()
    {
        foreach (var id in (string[])["x", "y", "z"])
        {
            var producer = _broker.Init(id);
            Await(_broker.Coordinator.AddPartitionsAsync(new(id, producer.ProducerId, 0), [new("a", 0)]));
        }

        _broker.Targets.Held = new();
        Await(_broker.Coordinator.EndAsync(new("x", 0, 0), true));
        Await(_broker.Coordinator.EndAsync(new("y", 1, 0), false));
        Await(_broker.Coordinator.EndAsync(new("z", 2, 0), true));
        Assert.Equal(["1: 0 0 COMMIT 0 a-0"], _broker.Targets.Written);

        _broker.Targets.Held.SetResult();
        _broker.Targets.Held = null;
        _broker.Time.RunUntilIdle();
        Assert.Equal(["1: 0 0 COMMIT 0 a-0", "1: 1 0 ABORT 0 a-0", "1: 2 0 COMMIT 0 a-0"], _broker.Targets.Written);
    }

    [Fact]
    public void A_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced()
    {
        _broker.Init(timeoutMs: 15_000);
        _broker.Time.AdvanceMs(8_000);
        _broker.Add(0, 0, "a-0");
        _broker.Time.AdvanceMs(15_000);
        Assert.Equal("Ongoing 0 0 a-0", _broker.Describe());
        _broker.Time.AdvanceMs(10_000);

        Assert.Equal("CompleteAbort 0 1", _broker.Describe());
        Assert.Equal(["1: 0 1 ABORT 0 a-0"], _broker.Targets.Written);
        Assert.Equal(ErrorCode.ProducerFenced, _broker.End(0, 0));
        Assert.Equal(ErrorCode.ProducerFenced, _broker.Init(producerId: 0, epoch: 0).Error);
        Assert.Equal(new(ErrorCode.None, 0, 2), _broker.Init());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_transaction_takes_as_long_as_it_may_whatever_time_of_day_it_is(int days)
    {
        _broker.Init(timeoutMs: 15_000);
        _broker.Add(0, 0, "a-0");
        _broker.Clock.Skew = TimeSpan.FromDays(days);
        _broker.Time.AdvanceMs(14_000);
        Assert.Equal("Ongoing 0 0 a-0", _broker.Describe());
        _broker.Time.AdvanceMs(12_000);
        Assert.Equal("CompleteAbort 0 1", _broker.Describe());
    }

    [Fact]
    public void A_transaction_that_began_in_the_future_of_the_next_coordinator_times_out()
    {
        _broker.Clock.Skew = TimeSpan.FromDays(1);
        _broker.Init(timeoutMs: 15_000);
        _broker.Add(0, 0, "a-0");
        _broker.Follow(1);
        _broker.Clock.Skew = TimeSpan.Zero;
        _broker.Lead(2);
        _broker.Time.AdvanceMs(14_000);
        Assert.Equal("Ongoing 0 0 a-0", _broker.Describe());
        _broker.Time.AdvanceMs(12_000);
        Assert.Equal("CompleteAbort 0 1", _broker.Describe());
    }

    [Fact]
    public void Ids_that_are_not_used_expire_and_open_transactions_do_not()
    {
        var broker = TransactionHarness.Leading(settings => settings with { IdExpirationMs = 3_000_000 });
        broker.Init("idle");
        broker.Init(timeoutMs: 900_000);
        broker.Time.AdvanceMs(3_599_000);
        broker.Add(1, 0, "a-0");
        broker.Time.AdvanceMs(2_000);

        Assert.Equal("TransactionalIdNotFound", broker.Describe("idle"));
        Assert.Equal(("idle", null), broker.Records()[^1]);
        Assert.Equal("Ongoing 1 0 a-0", broker.Describe());
        Assert.Equal(new(ErrorCode.None, 2, 0), broker.Init("idle"));

        broker.Follow(1);
        broker.Lead(2);
        broker.Time.RunUntilIdle();
        Assert.Equal("Empty 2 0", broker.Describe("idle"));
    }

    [Fact]
    public void Ids_are_listed_by_state_producer_and_duration()
    {
        _broker.Init("a");
        _broker.Init();
        _broker.Add(1, 0, "a-0");
        _broker.Time.AdvanceMs(1_000);

        Assert.Equal(["a Empty", "tx Ongoing"], List());
        Assert.Equal(["tx Ongoing"], List(states: ["Ongoing", "Dead"]));
        Assert.Empty(List(states: ["ongoing"]));
        Assert.Equal(
            ["ongoing"], _broker.Coordinator.Administration.List(new() { StateFilters = ["ongoing", "PrepareEpochFence"] }).UnknownStateFilters);
        Assert.Equal(["a Empty"], List(producers: [0]));
        Assert.Equal(["a Empty", "tx Ongoing"], List(durationMs: 999));
        Assert.Equal(["a Empty"], List(durationMs: 1_000));

        string[] List(string[]? states = null, long[]? producers = null, long durationMs = -1) =>
        [
            .. _broker.Coordinator.Administration
                .List(new() { StateFilters = states ?? [], ProducerIdFilters = producers ?? [], DurationFilter = durationMs })
                .TransactionStates.Select(listed => $"{listed.TransactionalId} {listed.TransactionState}"),
        ];
    }

    [Fact]
    public void The_ids_of_a_kafka_coordinator_are_loaded_and_its_open_decisions_brought_to_their_end()
    {
        _broker.Follow(1);
        _broker.Store(GoldenLog.Read(GoldenLog.Transactions));
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();

        // The last state of each id in Kafka's own dump of the segment; what was prepared there is complete now.
        Assert.Equal(61, _broker.Coordinator.Administration.List(new() { DurationFilter = -1 }).TransactionStates.Length);
        Assert.Equal("CompleteCommit 10 0", _broker.Describe("perf"));
        Assert.Equal("CompleteAbort 76 1", _broker.Describe("cli-ongoing"));
        Assert.Equal("Ongoing 78 0 tx-1", _broker.Describe("raw-left-open"));
        Assert.Equal("Empty 70 2", _broker.Describe("raw-time-5"));
        Assert.Equal("CompleteAbort 57 1", _broker.Describe("raw-prod"));
        Assert.Equal(
            [
                "1: 46 2 COMMIT 2 __consumer_offsets-0", "1: 57 1 ABORT 2 err-1", "1: 72 1 COMMIT 2 err-0 err-1",
                "1: 73 1 COMMIT 2 err-0 err-1",
            ],
            _broker.Targets.Written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_record_that_cannot_be_read_costs_its_id_alone()
    {
        _broker.Follow(1);
        _broker.Store("bad", Prepared() with { Status = TransactionStatus.Dead });
        _broker.Store("tx", Prepared() with { Status = TransactionStatus.Empty });
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();

        Assert.Equal("TransactionalIdNotFound", _broker.Describe("bad"));
        Assert.Equal("Empty 7 2", _broker.Describe());
    }

    private void Await(ValueTask<ErrorCode> work) => Assert.Equal(ErrorCode.None, _broker.Time.Await(_broker.Start(() => work)));
}
