using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Client.Tests.Producer.Transactions;

/// <summary>Which refusals end a transaction and which the producer: the verdicts are those of Kafka 3.9.</summary>
public sealed class TransactionFailuresTests : TransactionalProducerBase
{
    [Theory]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.ProducerFenced)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.ProducerFenced)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.ProducerFenced)]
    [InlineData(ApiKey.EndTxn, ErrorCode.InvalidProducerEpoch)]
    [InlineData(ApiKey.EndTxn, ErrorCode.ProducerFenced)]
    public void A_producer_with_a_successor_is_fenced_for_good(ApiKey api, ErrorCode error)
    {
        Coordinator.Refuse(api, error);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            var fenced = await Assert.ThrowsAsync<ProducerFencedException>(async () =>
            {
                await producer.SendOffsetsToTransactionAsync(Offsets, Member);
                await producer.CommitTransactionAsync();
            });
            Assert.Equal(
                "Producer with transactionalId 'tx' and ProducerIdAndEpoch(producerId=1000, epoch=0) has been fenced by another producer with the same transactionalId",
                fenced.Message);
            Assert.Equal((ErrorCode.ProducerFenced, true, false, false), (fenced.Code, fenced.IsFatal, fenced.RequiresAbort, fenced.IsRetriable));
            Assert.Throws<ProducerFencedException>(producer.BeginTransaction);
            await Assert.ThrowsAsync<ProducerFencedException>(() => producer.AbortTransactionAsync());
            await Assert.ThrowsAsync<ProducerFencedException>(() => SendAsync(producer, "b").AsTask());
        });
    }

    [Theory]
    [InlineData(ErrorCode.InvalidProducerEpoch, typeof(ProducerFencedException))]
    [InlineData(ErrorCode.ProducerFenced, typeof(ProducerFencedException))]
    [InlineData(ErrorCode.InvalidTransactionTimeout, typeof(FatalProducerException))]
    public void An_initialization_that_is_refused_ends_the_producer(ErrorCode error, Type expected)
    {
        Coordinator.Refuse(ApiKey.InitProducerId, error);
        var done = Cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer();
            await Assert.ThrowsAsync(expected, () => producer.InitTransactionsAsync());
            Assert.Throws(expected, producer.BeginTransaction);
            return true;
        });
        Cluster.Time.AdvanceMs(Patience);
        Cluster.Time.Await(done);
    }

    [Fact]
    public void An_initialization_that_was_not_allowed_can_be_made_again()
    {
        Coordinator.Refuse(ApiKey.InitProducerId, ErrorCode.TransactionalIdAuthorizationFailed);
        var done = Cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer();
            var refused = await Assert.ThrowsAsync<KafkaException>(() => producer.InitTransactionsAsync());
            Assert.Equal((ErrorCode.TransactionalIdAuthorizationFailed, false), (refused.Code, refused.IsFatal));
            await producer.InitTransactionsAsync();
            await CommitOneAsync(producer, "a");
            return true;
        });
        Cluster.Time.AdvanceMs(Patience);
        Cluster.Time.Await(done);
        Assert.Equal(["a"], Log.Values(Partition(0)));
    }

    [Theory]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.TopicAuthorizationFailed)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.TransactionAbortable)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.UnknownServerError)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.GroupAuthorizationFailed)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.TransactionAbortable)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.GroupAuthorizationFailed)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.FencedInstanceId)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.UnknownMemberId)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.IllegalGeneration)]
    [InlineData(ApiKey.EndTxn, ErrorCode.TransactionAbortable)]
    public void What_ends_a_transaction_alone_lets_the_next_one_begin(ApiKey api, ErrorCode error)
    {
        Coordinator.Refuse(api, error);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "lost");
            var failure = await Assert.ThrowsAsync<TransactionAbortableException>(async () =>
            {
                await producer.SendOffsetsToTransactionAsync(Offsets, Member);
                await producer.CommitTransactionAsync();
            });
            Assert.Equal((true, false, false), (failure.RequiresAbort, failure.IsFatal, failure.IsRetriable));
            Assert.Throws<TransactionAbortableException>(producer.BeginTransaction);
            await Assert.ThrowsAsync<TransactionAbortableException>(() => SendAsync(producer, "refused").AsTask());
            await producer.AbortTransactionAsync();
            await CommitOneAsync(producer, "kept");
        });
        Assert.Equal("kept", Log.Values(Partition(0))[^1]);
        Assert.Equal("End commit", Coordinator.Calls[^1][..10]);
    }

    [Theory]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.IllegalGeneration)]
    public void A_member_that_lost_its_partitions_hears_that_its_commit_failed(ErrorCode error)
    {
        Coordinator.Refuse(ApiKey.TxnOffsetCommit, error);
        Run(async producer =>
        {
            producer.BeginTransaction();
            var failure = await Assert.ThrowsAsync<TransactionAbortableException>(
                () => producer.SendOffsetsToTransactionAsync(Offsets, Member));
            Assert.Equal(error, Assert.IsType<CommitFailedException>(failure.InnerException).Code);
            await producer.AbortTransactionAsync();
        });
        Assert.Equal("End abort 0", Coordinator.Calls[^1]);
    }

    [Theory]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.TransactionalIdAuthorizationFailed)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.InvalidTxnState)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.TransactionalIdAuthorizationFailed)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.UnknownServerError)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.UnsupportedForMessageFormat)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.UnknownServerError)]
    [InlineData(ApiKey.EndTxn, ErrorCode.InvalidTxnState)]
    [InlineData(ApiKey.EndTxn, ErrorCode.UnknownServerError)]
    public void What_no_abort_mends_ends_the_producer(ApiKey api, ErrorCode error)
    {
        Coordinator.Refuse(api, error);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            var failure = await Assert.ThrowsAsync<FatalProducerException>(async () =>
            {
                await producer.SendOffsetsToTransactionAsync(Offsets, Member);
                await producer.CommitTransactionAsync();
            });
            Assert.Equal((error, true), (failure.Code, failure.IsFatal));
            await Assert.ThrowsAsync<FatalProducerException>(() => producer.AbortTransactionAsync());
        });
    }
}
