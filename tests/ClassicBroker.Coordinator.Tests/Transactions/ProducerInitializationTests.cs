using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>InitProducerId with a transactional id; answers as Kafka 3.9.2 gave them.</summary>
public sealed class ProducerInitializationTests
{
    private readonly TransactionHarness _broker = TransactionHarness.Leading();

    private static InitializedProducer Refused(ErrorCode error) => InitializedProducer.Refused(error);

    private static InitializedProducer Given(long producerId, short epoch) => new(ErrorCode.None, producerId, epoch);

    [Theory]
    [InlineData("", 60_000, ErrorCode.InvalidRequest)]
    [InlineData("tx", 0, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", 900_001, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", 900_000, ErrorCode.None)]
    public void Ids_and_timeouts_have_limits(string id, int timeoutMs, ErrorCode error) =>
        Assert.Equal(error, _broker.Init(id, timeoutMs).Error);

    [Fact]
    public void Each_initialisation_gives_the_next_epoch()
    {
        Assert.Equal(Given(0, 0), _broker.Init());
        Assert.Equal(Given(0, 1), _broker.Init());
        Assert.Equal(Given(1, 0), _broker.Init("other"));
    }

    [Fact]
    public void A_broker_that_does_not_lead_or_has_no_ids_says_so()
    {
        _broker.HasProducerIds = false;
        Assert.Equal(Refused(ErrorCode.CoordinatorLoadInProgress), _broker.Init());
        _broker.Follow(1);
        Assert.Equal(Refused(ErrorCode.NotCoordinator), _broker.Init());
        _broker.Coordinator.Stop();
        Assert.Equal(Refused(ErrorCode.CoordinatorNotAvailable), _broker.Init());
    }

    [Fact]
    public void A_producer_continues_with_the_epoch_it_has_and_may_ask_twice()
    {
        _broker.Init();
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 0, epoch: 1));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 1_000, epoch: 0));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 0, epoch: -5));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: -5, epoch: 0));

        Assert.Equal(Given(0, 1), _broker.Init(producerId: 0, epoch: 0));
        Assert.Equal(Given(0, 1), _broker.Init(producerId: 0, epoch: 0));
        Assert.Equal(Given(0, 2), _broker.Init(producerId: 0, epoch: 1));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 0, epoch: 0));
        Assert.Equal(Given(0, 3), _broker.Init());
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 0, epoch: 2));
    }

    [Fact]
    public void To_an_id_never_seen_any_producer_may_come()
    {
        Assert.Equal(Given(0, 0), _broker.Init(producerId: 30, epoch: 5));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 30, epoch: 5));
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    public void An_open_transaction_is_aborted_whatever_epoch_is_named(long producerId, short epoch)
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0");
        Assert.Equal(Refused(ErrorCode.ConcurrentTransactions), _broker.Init(producerId: producerId, epoch: epoch));
        Assert.Equal(["1: 0 1 ABORT 0 a-0"], _broker.Targets.Written);
        Assert.Equal("CompleteAbort 0 1", _broker.Describe());

        Assert.Equal(ErrorCode.ProducerFenced, _broker.Add(0, 0, "a-0"));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 0, epoch: 0));
        Assert.Equal(Given(0, 2), _broker.Init());
    }

    [Fact]
    public void While_the_abort_of_the_predecessor_is_under_way_the_next_one_waits()
    {
        _broker.Init();
        _broker.Add(0, 0, "a-0");
        _broker.Targets.Leaders[new("a", 0)] = null;
        _broker.Init();
        Assert.Equal("PrepareAbort 0 1 a-0", _broker.Describe());
        Assert.Equal(Refused(ErrorCode.ConcurrentTransactions), _broker.Init());
        Assert.Equal(ErrorCode.ProducerFenced, _broker.End(0, 0));
        Assert.Equal(ErrorCode.ConcurrentTransactions, _broker.End(0, 1));

        _broker.Targets.Leaders.Clear();
        _broker.Time.AdvanceMs(100);
        Assert.Equal(Given(0, 2), _broker.Init());
    }

    [Fact]
    public void When_the_epochs_of_an_id_are_used_up_there_is_a_new_one()
    {
        At(32_764);
        Assert.Equal(Given(7, 32_765), _broker.Init(producerId: 7, epoch: 32_764));
        Assert.Equal(Given(7, 32_766), _broker.Init(producerId: 7, epoch: 32_765));
        Assert.Equal(Given(0, 0), _broker.Init(producerId: 7, epoch: 32_766));
        Assert.Equal(Given(0, 0), _broker.Init(producerId: 7, epoch: 32_766));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 7, epoch: 32_765));
        Assert.Equal(Given(0, 1), _broker.Init(producerId: 0, epoch: 0));
        Assert.Equal(Refused(ErrorCode.ProducerFenced), _broker.Init(producerId: 7, epoch: 32_766));
    }

    [Fact]
    public void The_last_epoch_of_all_fences_an_open_transaction()
    {
        At(32_766);
        _broker.Add(7, 32_766, "a-0");
        Assert.Equal(Refused(ErrorCode.ConcurrentTransactions), _broker.Init());
        Assert.Equal("CompleteAbort 7 32767", _broker.Describe());
        Assert.Equal(Given(0, 0), _broker.Init());
    }

    [Fact]
    public void An_epoch_is_given_out_once_the_replicas_have_it()
    {
        _broker.Lead(1, 1);
        var init = _broker.BeginInit();
        Assert.False(init.IsCompleted);
        Assert.Equal(Refused(ErrorCode.ConcurrentTransactions), _broker.Init());
        _broker.Replicate();
        Assert.Equal(Given(0, 0), _broker.Time.Await(init));
    }

    /// <summary>An id that has come far.</summary>
    private void At(short epoch)
    {
        _broker.Follow(1);
        _broker.Store(
            TransactionHarness.Id,
            new() { ProducerId = 7, ProducerEpoch = epoch, TimeoutMs = 60_000, LastUpdateMs = _broker.Time.UnixMs() });
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();
    }
}
