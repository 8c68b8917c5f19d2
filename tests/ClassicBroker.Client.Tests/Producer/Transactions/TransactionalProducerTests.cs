using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;

namespace ClassicBroker.Client.Tests.Producer.Transactions;

/// <summary>The life of transactions: what is sent when, and how a transaction ends.</summary>
public sealed class TransactionalProducerTests : TransactionalProducerBase
{
    [Fact]
    public void A_transaction_adds_partitions_before_their_batches_and_ends_after_them()
    {
        Run(async producer =>
        {
            producer.BeginTransaction();
            await SendAsync(producer, "a", 0);
            await SendAsync(producer, "b", 1);
            await SendAsync(producer, "c", 0);
            await producer.FlushAsync();
            await producer.SendOffsetsToTransactionAsync(Offsets, Member);
            await producer.CommitTransactionAsync();
        });
        Assert.Equal(
            ["Find tx 1", "Init tx 60000 -1 -1", "Add t-0,t-1 0", "AddOffsets g 0", "Find g 0", "Offsets in-3@7 g/5/m/i 0", "End commit 0"],
            Coordinator.Calls);
        var kinds = Cluster.Requests.Select(entry => entry.Request.GetType()).ToList();
        Assert.True(kinds.IndexOf(typeof(AddPartitionsToTxnRequest)) < kinds.IndexOf(typeof(ProduceRequest)));
        Assert.True(kinds.LastIndexOf(typeof(ProduceRequest)) < kinds.IndexOf(typeof(EndTxnRequest)));
        Assert.All(Produced, request => Assert.Equal("tx", request.TransactionalId));
        var batch = new RecordBatchHeader(Log.Batches(Partition(0))[0]);
        Assert.Equal((1000L, (short)0, 0, true), (batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, batch.IsTransactional));
        Assert.Equal(["a", "c"], Log.Values(Partition(0)));
    }

    [Fact]
    public void Each_transaction_adds_its_partitions_again_and_sequences_go_on()
    {
        Run(async producer =>
        {
            await CommitOneAsync(producer, "a");
            await CommitOneAsync(producer, "b");
        });
        Assert.Equal(["Add t-0 0", "End commit 0", "Add t-0 0", "End commit 0"], Coordinator.Calls.Skip(2));
        Assert.Equal([0, 1], Log.Batches(Partition(0)).Select(batch => new RecordBatchHeader(batch).BaseSequence));
    }

    [Fact]
    public void A_transaction_of_nothing_is_not_ended_at_the_coordinator()
    {
        Run(async producer =>
        {
            producer.BeginTransaction();
            await producer.SendOffsetsToTransactionAsync(new Dictionary<TopicPartition, OffsetAndMetadata>(), Member);
            await producer.CommitTransactionAsync();
            producer.BeginTransaction();
            await producer.AbortTransactionAsync();
        });
        Assert.Equal(["Find tx 1", "Init tx 60000 -1 -1"], Coordinator.Calls);
    }

    [Theory]
    [InlineData(ApiKey.FindCoordinator, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(ApiKey.InitProducerId, ErrorCode.ConcurrentTransactions)]
    [InlineData(ApiKey.InitProducerId, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.ConcurrentTransactions)]
    [InlineData(ApiKey.AddPartitionsToTxn, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ApiKey.AddOffsetsToTxn, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ApiKey.TxnOffsetCommit, ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ApiKey.EndTxn, ErrorCode.ConcurrentTransactions)]
    public void What_passes_is_asked_again(ApiKey api, ErrorCode error)
    {
        Coordinator.Refuse(api, error, error);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await producer.SendOffsetsToTransactionAsync(Offsets, Member);
            await producer.CommitTransactionAsync();
        });
        var calls = Coordinator.Calls;
        Assert.Equal("End commit 0", calls[^1]);
        Assert.Equal(7 + 2, calls.Count);
        Assert.Equal(7, calls.Distinct().Count());
    }

    [Theory]
    [InlineData(ApiKey.InitProducerId, "Find tx 1")]
    [InlineData(ApiKey.AddPartitionsToTxn, "Find tx 1")]
    [InlineData(ApiKey.AddOffsetsToTxn, "Find tx 1")]
    [InlineData(ApiKey.TxnOffsetCommit, "Find g 0")]
    [InlineData(ApiKey.EndTxn, "Find tx 1")]
    public void A_coordinator_that_moved_is_looked_for(ApiKey api, string search)
    {
        Coordinator.Refuse(api, ErrorCode.NotCoordinator);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await producer.SendOffsetsToTransactionAsync(Offsets, Member);
            await producer.CommitTransactionAsync();
        });
        Assert.Equal(2, Coordinator.Calls.Count(call => call == search));
        Assert.Equal("End commit 0", Coordinator.Calls[^1]);
    }

    [Fact]
    public void A_coordinator_that_dies_is_looked_for()
    {
        Coordinator.Broker = 1;
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await producer.FlushAsync();
            Cluster.Down.Add(1);
            Coordinator.Broker = 0;
            await producer.CommitTransactionAsync();
        });
        Assert.Equal(2, Coordinator.Calls.Count(call => call == "Find tx 1"));
        Assert.Equal("End commit 0", Coordinator.Calls[^1]);
    }

    [Fact]
    public void A_batch_that_was_not_written_is_aborted_and_the_next_transaction_has_a_new_epoch()
    {
        var refusals = 0;
        Log.Refusal = (_, _) => refusals++ == 0 ? ErrorCode.InvalidRecord : ErrorCode.None;
        Run(async producer =>
        {
            producer.BeginTransaction();
            var sent = producer.ProduceAsync(new ProducerRecord<string?, string?>("t", null, "bad") { Partition = 0 });
            var failure = await Assert.ThrowsAsync<TransactionAbortableException>(() => producer.CommitTransactionAsync());
            Assert.Equal(ErrorCode.InvalidRecord, failure.Code);
            Assert.Equal(ErrorCode.InvalidRecord, (await Assert.ThrowsAsync<KafkaException>(sent.AsTask)).Code);
            await producer.AbortTransactionAsync();
            await CommitOneAsync(producer, "good");
        });
        Assert.Equal(["Add t-0 0", "End abort 0", "Init tx 60000 1000 0", "Add t-0 1", "End commit 1"], Coordinator.Calls.Skip(2));
        var batch = new RecordBatchHeader(Log.Batches(Partition(0))[0]);
        Assert.Equal((1, 0), (batch.ProducerEpoch, batch.BaseSequence));
        Assert.Equal(["good"], Log.Values(Partition(0)));
    }

    [Fact]
    public void A_coordinator_that_cannot_raise_epochs_leaves_nothing_after_a_lost_batch()
    {
        Cluster.Versions =
        [
            .. BrokerApiVersions.Unlimited.All.Select(
                range => range.ApiKey == (short)ApiKey.InitProducerId ? range with { MaxVersion = 2 } : range),
        ];
        Log.Refusal = (_, _) => ErrorCode.InvalidRecord;
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "bad");
            var failure = await Assert.ThrowsAsync<FatalProducerException>(() => producer.CommitTransactionAsync());
            Assert.Contains("It isn't safe to continue.", failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_partition_that_knows_a_newer_epoch_lets_the_abort_tell_whether_there_is_a_successor()
    {
        Log.Refusal = (_, batch) => batch.Epoch == 0 ? ErrorCode.InvalidProducerEpoch : ErrorCode.None;
        Coordinator.Refuse(ApiKey.EndTxn, ErrorCode.None, ErrorCode.ProducerFenced);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await Assert.ThrowsAsync<InvalidProducerEpochException>(() => producer.CommitTransactionAsync());
            await producer.AbortTransactionAsync();
            Log.Refusal = (_, _) => ErrorCode.InvalidProducerEpoch;
            await BeginWithRecordAsync(producer, "b");
            await Assert.ThrowsAsync<InvalidProducerEpochException>(() => producer.CommitTransactionAsync());
            await Assert.ThrowsAsync<ProducerFencedException>(() => producer.AbortTransactionAsync());
        });
    }

    [Theory]
    [InlineData(ErrorCode.InvalidProducerIdMapping)]
    [InlineData(ErrorCode.UnknownProducerId)]
    public void An_id_the_coordinator_forgot_is_renewed_by_the_abort_without_an_end(ErrorCode error)
    {
        Coordinator.Refuse(ApiKey.AddPartitionsToTxn, error);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await Assert.ThrowsAsync<TransactionAbortableException>(() => producer.CommitTransactionAsync());
            await producer.AbortTransactionAsync();
            await CommitOneAsync(producer, "b");
        });
        Assert.Equal(["Add t-0 0", "Init tx 60000 1000 0", "Add t-0 1", "End commit 1"], Coordinator.Calls.Skip(2));
    }

    [Fact]
    public void A_producer_that_retention_made_unknown_goes_on_at_zero_in_its_transaction()
    {
        Log.Refusal = (_, batch) => batch.BaseSequence == 1 ? ErrorCode.UnknownProducerId : ErrorCode.None;
        Run(async producer =>
        {
            producer.BeginTransaction();
            await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", null, "a") { Partition = 0 });
            Log.LogStart = 1;
            Log.ForgetProducers();
            await SendAsync(producer, "b");
            await producer.CommitTransactionAsync();
        });
        Assert.Equal(["Add t-0 0", "End commit 0"], Coordinator.Calls.Skip(2));
        Assert.Equal([(0, 0), (0, 0)], Log.Batches(Partition(0)).Select(batch =>
            ((int)new RecordBatchHeader(batch).ProducerEpoch, new RecordBatchHeader(batch).BaseSequence)));
    }

    [Fact]
    public void An_abort_fails_records_that_were_not_sent()
    {
        Run(
            async producer =>
            {
                producer.BeginTransaction();
                var kept = producer.ProduceAsync("t", null, "kept back");
                await producer.AbortTransactionAsync();
                await Assert.ThrowsAsync<TransactionAbortedException>(kept.AsTask);
            },
            config => config with { Linger = TimeSpan.FromSeconds(30) });
        Assert.Empty(Produced);
        Assert.DoesNotContain("Init tx 60000 1000 0", Coordinator.Calls);
    }

    [Fact]
    public void An_abort_waits_for_what_was_sent_and_keeps_the_epoch()
    {
        var answer = new TaskCompletionSource();
        var log = Cluster.Handler<ProduceRequest, ProduceResponse>();
        Cluster.HandleAsync<ProduceRequest, ProduceResponse>(async (broker, request) =>
        {
            await answer.Task;
            return await log(broker, request);
        });
        Run(async producer =>
        {
            producer.BeginTransaction();
            var sent = producer.ProduceAsync("t", null, "sent");
            await Cluster.Loop.DelayAsync(1000);
            var aborted = producer.AbortTransactionAsync();
            await Cluster.Loop.DelayAsync(1000);
            Assert.DoesNotContain("End abort 0", Coordinator.Calls);
            answer.SetResult();
            await aborted;
            Assert.Equal(0, (await sent).Offset);
        });
        Assert.Equal("End abort 0", Coordinator.Calls[^1]);
    }

    [Fact]
    public void A_batch_whose_fate_is_unknown_is_fenced_by_a_new_epoch()
    {
        Cluster.HandleAsync<ProduceRequest, ProduceResponse>((_, _) => new TaskCompletionSource<ProduceResponse>().Task);
        Run(
            async producer =>
            {
                await BeginWithRecordAsync(producer, "lost");
                var failure = await Assert.ThrowsAsync<TransactionAbortableException>(() => producer.CommitTransactionAsync());
                Assert.IsType<KafkaTimeoutException>(failure.InnerException);
                await producer.AbortTransactionAsync();
            },
            config => config with { RequestTimeout = TimeSpan.FromSeconds(2), DeliveryTimeout = TimeSpan.FromSeconds(3) });
        Assert.Equal(["End abort 0", "Init tx 60000 1000 0"], Coordinator.Calls.Skip(3));
    }

    /// <summary>Java's producer waits for 20 ms each time; short transactions would take no less than that.</summary>
    [Theory]
    [InlineData(ApiKey.AddPartitionsToTxn)]
    [InlineData(ApiKey.AddOffsetsToTxn)]
    public void A_transaction_waits_for_the_markers_of_the_one_before_in_pauses_that_double_to_javas(ApiKey api)
    {
        Coordinator.Refuse(api, [.. Enumerable.Repeat(ErrorCode.ConcurrentTransactions, 7)]);
        var tookMs = 0L;
        Run(async producer =>
        {
            var began = Cluster.Loop.Time.MonotonicMs();
            producer.BeginTransaction();
            if (api == ApiKey.AddPartitionsToTxn)
            {
                await producer.ProduceAsync("t", null, "a");
            }
            else
            {
                await producer.SendOffsetsToTransactionAsync(Offsets, Member);
            }

            tookMs = Cluster.Loop.Time.MonotonicMs() - began;
            await producer.CommitTransactionAsync();
        });
        Assert.Equal(1 + 2 + 4 + 8 + 16 + 20 + 20, tookMs);
    }

    [Fact]
    public void A_partition_that_may_yet_be_added_after_the_abort_is_fenced_by_a_new_epoch()
    {
        Coordinator.Refuse(ApiKey.AddPartitionsToTxn, [.. Enumerable.Repeat(ErrorCode.ConcurrentTransactions, 1000)]);
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await Cluster.Loop.DelayAsync(1000);
            await producer.AbortTransactionAsync();
        });
        Assert.Equal("Init tx 60000 1000 0", Coordinator.Calls[^1]);
        Assert.DoesNotContain("End abort 0", Coordinator.Calls);
    }

    [Fact]
    public void A_commit_that_times_out_is_taken_up_by_the_same_call_only()
    {
        Run(
            async producer =>
            {
                await BeginWithRecordAsync(producer, "a");
                await producer.FlushAsync();
                Coordinator.Refuse(ApiKey.EndTxn, [.. Enumerable.Repeat(ErrorCode.ConcurrentTransactions, 8)]);
                var late = await Assert.ThrowsAsync<KafkaTimeoutException>(() => producer.CommitTransactionAsync());
                Assert.Equal("Timeout expired after 2000ms while awaiting commitTransaction", late.Message);
                var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => producer.AbortTransactionAsync());
                Assert.Equal(
                    "Cannot attempt operation `abortTransaction` because the previous call to `commitTransaction` timed out and must be retried",
                    refused.Message);
                Assert.Throws<InvalidOperationException>(producer.BeginTransaction);
                using var cancelled = new CancellationTokenSource();
                var waiting = producer.CommitTransactionAsync(cancelled.Token);
                cancelled.Cancel();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
                await Cluster.Loop.DelayAsync(8000);
                await producer.CommitTransactionAsync();
                await CommitOneAsync(producer, "b");
            },
            config => config with { MaxBlock = TimeSpan.FromSeconds(2) });
        Assert.Equal(10, Coordinator.Calls.Count(call => call == "End commit 0"));
        Assert.Equal(["a", "b"], Log.Values(Partition(0)));
    }

    [Fact]
    public void Offsets_that_come_too_late_for_their_call_can_be_aborted()
    {
        Run(
            async producer =>
            {
                await BeginWithRecordAsync(producer, "a");
                await producer.FlushAsync();
                Coordinator.Refuse(ApiKey.AddOffsetsToTxn, [.. Enumerable.Repeat(ErrorCode.CoordinatorLoadInProgress, 1000)]);
                var offsets = new Dictionary<TopicPartition, OffsetAndMetadata> { [new("in", 0)] = new(7) };
                await Assert.ThrowsAsync<KafkaTimeoutException>(
                    () => producer.SendOffsetsToTransactionAsync(offsets, new ConsumerGroupMetadata("g")));
                await producer.AbortTransactionAsync();
                await CommitOneAsync(producer, "b");
            },
            config => config with { MaxBlock = TimeSpan.FromSeconds(2) });
        Assert.Equal(["a", "b"], Log.Values(Partition(0)));
    }

    [Fact]
    public void Calls_out_of_turn_are_refused_and_change_nothing()
    {
        var done = Cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer();
            var early = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(producer, "a").AsTask());
            Assert.Equal("Cannot add partition t-0 to transaction before completing a call to initTransactions", early.Message);
            Assert.Throws<InvalidOperationException>(producer.BeginTransaction);
            await producer.InitTransactionsAsync();
            var outside = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(producer, "a").AsTask());
            Assert.Equal("Cannot add partition t-0 to transaction while in state READY", outside.Message);
            await Assert.ThrowsAsync<InvalidOperationException>(() => producer.InitTransactionsAsync());
            var nothing = await Assert.ThrowsAsync<InvalidOperationException>(() => producer.CommitTransactionAsync());
            Assert.Equal(
                "TransactionalId tx: Invalid transition attempted from state READY to state COMMITTING_TRANSACTION", nothing.Message);
            await Assert.ThrowsAsync<InvalidOperationException>(() => producer.AbortTransactionAsync());
            var offsets = await Assert.ThrowsAsync<InvalidOperationException>(() => producer.SendOffsetsToTransactionAsync(Offsets, Member));
            Assert.Equal("Cannot send offsets if a transaction is not in progress (currentState= READY)", offsets.Message);
            await Assert.ThrowsAsync<ArgumentException>(
                () => producer.SendOffsetsToTransactionAsync(Offsets, new ConsumerGroupMetadata("g", 1)));
            producer.BeginTransaction();
            Assert.Throws<InvalidOperationException>(producer.BeginTransaction);
            await SendAsync(producer, "a");
            await producer.CommitTransactionAsync();
            return true;
        });
        Cluster.Time.AdvanceMs(Patience);
        Cluster.Time.Await(done);
        Assert.Equal(["a"], Log.Values(Partition(0)));
    }

    [Fact]
    public void A_producer_without_a_transactional_id_has_no_transactions()
    {
        Cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer(config => config with { TransactionalId = null });
            var refused = Assert.Throws<InvalidOperationException>(producer.BeginTransaction);
            Assert.Equal(
                "Cannot use transactional methods without enabling transactions by setting the transactional.id configuration property",
                refused.Message);
        });
    }

    [Fact]
    public void Disposing_aborts_the_transaction_under_way()
    {
        Run(async producer =>
        {
            await BeginWithRecordAsync(producer, "a");
            await producer.FlushAsync();
        });
        Assert.Equal("End abort 0", Coordinator.Calls[^1]);
    }
}
