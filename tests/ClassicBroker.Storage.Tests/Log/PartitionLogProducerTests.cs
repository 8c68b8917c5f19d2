using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogProducerTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void A_batch_sent_again_gets_its_first_offsets_and_is_not_appended()
    {
        _harness.Append(TestRecords.Batch("a"));
        var first = _harness.Append(TestRecords.From(7, 0, 0, count: 3));

        var again = _harness.Append(TestRecords.From(7, 0, 0, count: 3));

        Assert.True(again.IsDuplicate);
        Assert.Equal((first.FirstOffset, first.LastOffset), (again.FirstOffset, again.LastOffset));
        Assert.Equal((RecordFormat.NoTimestamp, first.MaxTimestamp), (first.LogAppendTime, again.LogAppendTime));
        Assert.Equal(4, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void The_last_five_batches_are_remembered_and_no_more()
    {
        for (var i = 0; i < 6; i++)
        {
            _harness.Append(TestRecords.From(7, 0, i));
        }

        for (var i = 1; i < 6; i++)
        {
            Assert.Equal((true, i), (_harness.Append(TestRecords.From(7, 0, i)) is { IsDuplicate: true } again, (int)_harness.Append(TestRecords.From(7, 0, i)).FirstOffset));
        }

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 0, 0)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void A_gap_in_the_sequence_is_refused(int sequence)
    {
        _harness.Append(TestRecords.From(7, 0, 0));

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 0, sequence)));
        Assert.Equal(1, _harness.Append(TestRecords.From(7, 0, 1)).FirstOffset);
    }

    [Fact]
    public void An_unknown_producer_may_begin_anywhere() =>
        Assert.Equal(0, _harness.Append(TestRecords.From(7, 0, 1234)).FirstOffset);

    [Fact]
    public void Sequences_wrap_from_the_largest_number_to_zero()
    {
        _harness.Append(TestRecords.From(7, 0, int.MaxValue - 1, count: 2));
        _harness.Append(TestRecords.From(7, 0, 0));
        _harness.Append(TestRecords.From(7, 0, 1));

        Assert.Equal(4, _harness.Log.LogEndOffset);
    }

    [Fact]
    public void A_batch_that_spans_the_wrap_is_recognised_when_sent_again()
    {
        _harness.Append(TestRecords.From(7, 0, int.MaxValue - 1, count: 4));

        Assert.True(_harness.Append(TestRecords.From(7, 0, int.MaxValue - 1, count: 4)).IsDuplicate);
        Assert.Equal(4, _harness.Append(TestRecords.From(7, 0, 2)).FirstOffset);
    }

    [Fact]
    public void A_new_epoch_begins_with_zero_and_fences_the_old()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 1, 1)));
        _harness.Append(TestRecords.From(7, 1, 0));

        Assert.Equal(ErrorCode.InvalidProducerEpoch, Refusal(TestRecords.From(7, 0, 1)));
        Assert.Equal(2, _harness.Append(TestRecords.From(7, 1, 1)).FirstOffset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sequences_go_on_after_a_restart(bool isOrderly)
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        _harness.Append(TestRecords.From(8, 2, 0, count: 5));
        _harness.Append(TestRecords.From(7, 0, 1));
        Restart(isOrderly);

        Assert.True(_harness.Append(TestRecords.From(7, 0, 1)).IsDuplicate);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(8, 2, 7)));
        Assert.Equal(7, _harness.Append(TestRecords.From(8, 2, 5)).FirstOffset);
    }

    /// <summary>
    /// A snapshot has one batch of a producer; one with five in flight may send again those before it. Kafka 3.9 answers
    /// OUT_OF_ORDER_SEQUENCE_NUMBER then, which ends a producer of librdkafka and has Java's write the batch twice.
    /// </summary>
    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(0, 0, true)]
    [InlineData(4, 4, false)]
    [InlineData(5, 5, null)]
    [InlineData(3, 4, null)]
    public void What_was_in_flight_before_an_orderly_restart_is_recognised_when_sent_again(int first, int last, bool? isForgotten)
    {
        for (var i = 0; i < 5; i++)
        {
            _harness.Append(TestRecords.From(7, 0, i));
        }

        Restart(isOrderly: true);
        _harness.Append(TestRecords.From(8, 0, 0));
        var again = TestRecords.From(7, 0, first, last - first + 1);
        if (isForgotten is { } expected)
        {
            var found = _harness.Append(again);
            Assert.Equal((true, expected), (found.IsDuplicate, found.IsForgotten));

            // What is waited for before the answer: the batch lies before the one that is known.
            Assert.Equal((expected ? -1 : 4, 4), (found.FirstOffset, found.LastOffset));
        }
        else if (first == 5)
        {
            Assert.Equal(6, _harness.Append(again).FirstOffset);
        }
        else
        {
            Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(again));
        }
    }

    [Fact]
    public void A_sequence_before_what_is_remembered_is_wrong_once_five_batches_are()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        _harness.Append(TestRecords.From(7, 0, 1));
        Restart(isOrderly: true);
        for (var i = 2; i < 6; i++)
        {
            Assert.True(_harness.Append(TestRecords.From(7, 0, 0)).IsForgotten);
            _harness.Append(TestRecords.From(7, 0, i));
        }

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 0, 0)));
    }

    [Fact]
    public void Nothing_comes_before_the_first_sequence_of_an_epoch()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        Restart(isOrderly: true);

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 0, int.MaxValue)));
        _harness.Append(TestRecords.From(7, 1, 0));
        _harness.Append(TestRecords.From(7, 1, 1));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 1, 4)));
    }

    [Fact]
    public void Silent_producers_are_forgotten_unless_a_transaction_of_theirs_is_open()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        _harness.Append(TestRecords.From(8, 0, 0, isTransactional: true));
        _harness.Time.Advance(TimeSpan.FromDays(2));

        _harness.Log.RemoveExpiredProducers();

        Assert.Equal([8], _harness.Log.DescribeProducers().Select(producer => producer.ProducerId));
        Assert.Equal(2, _harness.Append(TestRecords.From(7, 0, 99)).FirstOffset);
    }

    [Fact]
    public void An_open_transaction_holds_the_last_stable_offset()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Append(TestRecords.From(7, 0, 0, isTransactional: true));
        _harness.Append(TestRecords.Batch("b"));

        Assert.Equal(1, _harness.Log.LastStableOffset);
        Assert.Equal(["a"], _harness.Values(FetchIsolation.TxnCommitted));
        Assert.Equal(3, _harness.Values(FetchIsolation.HighWatermark).Count);
        Assert.True(_harness.Log.HasOngoingTransaction(7, 0));
        Assert.Equal(ErrorCode.InvalidTxnState, Refusal(TestRecords.From(7, 0, 1)));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_marker_ends_the_transaction_before_and_after_a_restart(bool isAborted, bool isOrderly)
    {
        _harness.Append(TestRecords.From(7, 0, 0, isTransactional: true));
        _harness.Append(TestRecords.From(8, 0, 0, isTransactional: true));
        Restart(isOrderly);
        Mark(7, isAborted ? ControlRecordType.Abort : ControlRecordType.Commit);
        Restart(isOrderly);

        Assert.Equal(1, _harness.Log.LastStableOffset);
        Mark(8, ControlRecordType.Commit);
        Assert.Equal(4, _harness.Log.LastStableOffset);
        var read = _harness.Log.Read(0, 10_000, FetchIsolation.TxnCommitted, minOneMessage: true);
        read.Records!.File.Release();
        Assert.Equal(isAborted ? [new AbortedTransaction(7, 0, 2, 1)] : [], read.AbortedTransactions);
        Assert.Null(_harness.Log.Read(0, 1, FetchIsolation.LogEnd, minOneMessage: false).AbortedTransactions);
    }

    [Fact]
    public void A_marker_the_replicas_do_not_have_still_holds_readers_back()
    {
        _harness.Append(TestRecords.From(7, 0, 0, isTransactional: true));
        _harness.Log.AppendAsLeader(TestRecords.Marker(7, 0, ControlRecordType.Commit), new LeaderEpoch(0), AppendOrigin.Coordinator);

        Assert.Equal(0, _harness.Log.LastStableOffset);
        _harness.Log.AdvanceHighWatermark(_harness.Log.LogEnd);
        Assert.Equal(2, _harness.Log.LastStableOffset);
    }

    [Fact]
    public void Markers_of_fenced_coordinators_and_producers_are_refused()
    {
        _harness.Append(TestRecords.From(7, 3, 0, isTransactional: true));
        Mark(7, ControlRecordType.Commit, epoch: 3, coordinatorEpoch: 5);

        Assert.Equal(
            ErrorCode.TransactionCoordinatorFenced,
            Refusal(TestRecords.Marker(7, 3, ControlRecordType.Abort, coordinatorEpoch: 4), AppendOrigin.Coordinator));
        Assert.Equal(
            ErrorCode.InvalidProducerEpoch,
            Refusal(TestRecords.Marker(7, 2, ControlRecordType.Abort, coordinatorEpoch: 5), AppendOrigin.Coordinator));
    }

    [Fact]
    public void Aborted_transactions_are_found_from_any_segment_they_touch()
    {
        _harness.Append(TestRecords.From(7, 0, 0, isTransactional: true));
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch("a"));
        _harness.Log.Roll();
        Mark(7, ControlRecordType.Abort);
        _harness.Append(TestRecords.Batch("b"));

        foreach (var offset in new[] { 0L, 2L })
        {
            var read = _harness.Log.Read(offset, 10_000, FetchIsolation.TxnCommitted, minOneMessage: true);
            read.Records!.File.Release();
            Assert.Equal([7L], read.AbortedTransactions!.Select(aborted => aborted.ProducerId));
        }
    }

    [Fact]
    public void Followers_take_over_producers_without_checking_them()
    {
        var batch = TestRecords.From(7, 0, 5);
        RecordBatchHeader.SetPartitionLeaderEpoch(batch, 0);
        _harness.Log.AppendAsFollower(batch);
        _harness.Log.UpdateHighWatermark(1);

        Assert.Equal([new ActiveProducer(7, 0, 5, TestRecords.Epoch2026, -1, -1)], _harness.Log.DescribeProducers());
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Refusal(TestRecords.From(7, 0, 7)));
    }

    private void Mark(long producerId, ControlRecordType type, short epoch = 0, int coordinatorEpoch = 0)
    {
        var marker = TestRecords.Marker(producerId, epoch, type, coordinatorEpoch);
        _harness.Log.AppendAsLeader(marker, new LeaderEpoch(0), AppendOrigin.Coordinator);
        _harness.Log.AdvanceHighWatermark(_harness.Log.LogEnd);
    }

    private void Restart(bool isOrderly)
    {
        if (isOrderly)
        {
            _harness.Close();
        }
        else
        {
            _harness.Store.CheckpointHighWatermarks();
            _harness.Kill();
        }
    }

    private ErrorCode Refusal(byte[] records, AppendOrigin origin = AppendOrigin.Client) =>
        Assert.ThrowsAny<RecordsException>(() => _harness.Log.AppendAsLeader(records, new LeaderEpoch(0), origin)).Code;
}
