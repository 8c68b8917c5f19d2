using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>AddPartitionsToTxn, its verification, and EndTxn in each state; answers as Kafka 3.9.2 gave them.</summary>
public sealed class OngoingTransactionsTests
{
    private readonly TransactionHarness _broker = TransactionHarness.Leading();

    public OngoingTransactionsTests() => _broker.Init();

    [Fact]
    public void Only_the_present_producer_in_the_present_epoch_is_heard()
    {
        _broker.Init();
        foreach (var epoch in (short[])[0, 2])
        {
            Assert.Equal(ErrorCode.ProducerFenced, _broker.Add(0, epoch, "a-0"));
            Assert.Equal([ErrorCode.ProducerFenced], _broker.Verify(0, epoch, "a-0"));
            Assert.Equal(ErrorCode.ProducerFenced, _broker.End(0, epoch));
        }

        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _broker.Add(1, 1, "a-0"));
        Assert.Equal([ErrorCode.InvalidProducerIdMapping], _broker.Verify(1, 1, "a-0"));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _broker.End(1, 1));
        Assert.Equal(ErrorCode.None, _broker.Add(0, 1, "a-0"));
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidRequest)]
    [InlineData("never seen", ErrorCode.InvalidProducerIdMapping)]
    public void An_id_without_a_producer_has_no_transaction(string id, ErrorCode error)
    {
        Assert.Equal(error, _broker.Time.Await(_broker.Start(() => _broker.Coordinator.AddPartitionsAsync(new(id, 0, 0), [new("a", 0)]))));
        Assert.Equal(error, _broker.Time.Await(_broker.Start(() => _broker.Coordinator.EndAsync(new(id, 0, 0), true))));
        Assert.Equal([error], _broker.Time.Await(_broker.Start(() => _broker.Coordinator.VerifyPartitionsAsync(new(id, 0, 0), [new("a", 0)]))));
    }

    [Fact]
    public void Partitions_are_verified_one_by_one()
    {
        Assert.Equal([ErrorCode.TransactionAbortable], _broker.Verify(0, 0, "a-0"));
        _broker.Add(0, 0, "a-0");
        Assert.Equal([ErrorCode.None, ErrorCode.TransactionAbortable], _broker.Verify(0, 0, "a-0", "a-1"));
        _broker.End(0, 0);
        Assert.Equal([ErrorCode.TransactionAbortable], _broker.Verify(0, 0, "a-0"));
    }

    [Fact]
    public void A_coordinator_that_may_have_been_replaced_verifies_nothing_before_its_followers_were_heard()
    {
        var broker = new TransactionHarness();
        broker.Lead(0, 1);
        broker.Time.AdvanceMs(1_000);
        broker.IsAppointed = false;
        var verifying = broker.BeginVerify(0, 0, "a-0");
        broker.Replicate();
        broker.Time.AdvanceMs(100);
        Assert.False(verifying.IsCompleted);
        broker.Replicate();
        broker.Time.AdvanceMs(100);
        Assert.Equal([ErrorCode.InvalidProducerIdMapping], broker.Time.Await(verifying));

        verifying = broker.BeginVerify(0, 0, "a-0");
        broker.Time.AdvanceMs(2_100);
        Assert.Equal([ErrorCode.NotCoordinator], broker.Time.Await(verifying));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_end_is_told_again_and_the_opposite_is_no_end(bool isCommit)
    {
        Assert.Equal(ErrorCode.InvalidTxnState, _broker.End(0, 0, isCommit));
        _broker.Add(0, 0, "a-0");
        Assert.Equal(ErrorCode.None, _broker.End(0, 0, isCommit));
        Assert.Equal(ErrorCode.None, _broker.End(0, 0, isCommit));
        Assert.Equal(ErrorCode.InvalidTxnState, _broker.End(0, 0, !isCommit));
        Assert.Single(_broker.Targets.Written);
    }

    [Fact]
    public void Until_all_markers_are_written_everything_waits()
    {
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Leaders[new("a", 0)] = null;
        Assert.Equal(ErrorCode.None, _broker.End(0, 0));

        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.End(0, 0));
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.End(0, 0, isCommit: false));
        Assert.Equal([ErrorCode.ConcurrentTransactions], _broker.Verify(0, 0, "a-0"));
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.Init().Error);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.Init(producerId: 0, epoch: 0).Error);
        Assert.Equal("PrepareCommit 0 0 a-0", _broker.Describe());
    }

    [Fact]
    public void The_next_transaction_waits_a_moment_for_the_end_of_the_one_before()
    {
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Held = new TaskCompletionSource();
        _broker.End(0, 0);
        var next = _broker.BeginAdd(0, 0, "b-0");
        _broker.Time.AdvanceMs(OngoingTransactions.PatienceMs - 1);
        Assert.False(next.IsCompleted);

        _broker.Targets.Held.SetResult();
        Assert.Equal(ErrorCode.None, _broker.Time.Await(next));
        Assert.Equal("Ongoing 0 0 b-0", _broker.Describe());
    }

    [Fact]
    public void A_transaction_that_takes_long_to_end_makes_the_next_come_again()
    {
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Leaders[new("a", 0)] = null;
        _broker.End(0, 0);
        var next = _broker.BeginAdd(0, 0, "a-0");
        _broker.Time.AdvanceMs(OngoingTransactions.PatienceMs);
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.Time.Await(next));

        // Who is not the producer of the transaction has nothing to wait for.
        Assert.Equal(ErrorCode.ProducerFenced, _broker.Add(0, 1, "a-0"));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, _broker.Add(1, 0, "a-0"));
    }

    [Fact]
    public void A_wait_for_the_end_ends_with_the_coordinator()
    {
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Held = new TaskCompletionSource();
        _broker.End(0, 0);
        var next = _broker.BeginAdd(0, 0, "b-0");
        _broker.Follow(1);
        _broker.Time.AdvanceMs(OngoingTransactions.PatienceMs);
        Assert.Equal(ErrorCode.NotCoordinator, _broker.Time.Await(next));
    }

    [Fact]
    public void The_next_transaction_begins_where_the_last_one_ended()
    {
        _broker.Add(0, 0, "a-0");
        _broker.End(0, 0);
        _broker.Time.AdvanceMs(10);
        Assert.Equal(ErrorCode.None, _broker.Add(0, 0, "b-0"));
        Assert.Equal("Ongoing 0 0 b-0", _broker.Describe());
        Assert.Equal(
            _broker.Time.UnixMs(), _broker.Coordinator.Administration.Describe(TransactionHarness.Id).TransactionStartTimeMs);
    }
}
