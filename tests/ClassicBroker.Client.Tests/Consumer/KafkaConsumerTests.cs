using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests.Consumer;

public sealed class KafkaConsumerTests
{
    private static readonly TopicPartition Zero = new("t", 0);
    private static readonly TopicPartition One = new("t", 1);

    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly FakeLog _log;

    public KafkaConsumerTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0, 1);
    }

    private KafkaConsumer<string?, string?> NewConsumer(Func<ConsumerConfig, ConsumerConfig>? change = null)
    {
        var config = new ConsumerConfig { BootstrapServers = _cluster.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest };
        return new KafkaConsumer<string?, string?>(change?.Invoke(config) ?? config, Serdes.String, Serdes.String, _cluster.Network);
    }

    private List<ConsumerRecord<string?, string?>> Consume(
        KafkaConsumer<string?, string?> consumer, int count, long withinMs = 5000)
    {
        List<ConsumerRecord<string?, string?>> records = [];
        var consumed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            while (records.Count < count)
            {
                var polled = await consumer.PollAsync(TimeSpan.FromMilliseconds(withinMs));
                if (polled.Count == 0)
                {
                    break;
                }

                records.AddRange(polled);
            }

            return true;
        });
        _cluster.Time.AdvanceMs(withinMs + 1);
        _cluster.Time.Await(consumed);
        return records;
    }

    [Fact]
    public void Records_of_all_partitions_come_in_the_order_of_each()
    {
        _log.Append(Zero, "a", "b");
        _log.Append(One, "x");
        _log.Append(Zero, "c");
        var consumer = NewConsumer();
        consumer.Assign([Zero, One]);
        var records = Consume(consumer, 4);
        Assert.Equal(["a", "b", "c"], records.Where(record => record.Partition == 0).Select(record => record.Value));
        Assert.Equal([0L, 1, 2], records.Where(record => record.Partition == 0).Select(record => record.Offset));
        Assert.Equal(["x"], records.Where(record => record.Partition == 1).Select(record => record.Value));
    }

    [Fact]
    public void What_is_written_later_wakes_a_waiting_poll()
    {
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        var polled = _cluster.Loop.InvokeAsyncOn(async () => await consumer.PollAsync(TimeSpan.FromSeconds(30)));
        _cluster.Time.AdvanceMs(2000);
        Assert.False(polled.IsCompleted);
        _log.Append(Zero, "late");
        _cluster.Time.AdvanceMs(600);
        Assert.Equal("late", Assert.Single(_cluster.Time.Await(polled)).Value);
    }

    [Fact]
    public void A_seek_within_a_batch_begins_at_its_record()
    {
        _log.Append(Zero, "a", "b", "c", "d");
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        consumer.Seek(Zero, 2);
        Assert.Equal(["c", "d"], Consume(consumer, 2).Select(record => record.Value));
    }

    [Fact]
    public void A_seek_drops_what_was_fetched_for_the_old_position()
    {
        _log.Append(Zero, "a", "b", "c", "d");
        var consumer = NewConsumer(config => config with { MaxPollRecords = 1 });
        consumer.Assign([Zero]);
        Assert.Equal("a", Consume(consumer, 1)[0].Value);
        consumer.Seek(Zero, 3);
        Assert.Equal("d", Consume(consumer, 1)[0].Value);
    }

    [Fact]
    public void A_poll_brings_no_more_than_max_poll_records_and_the_position_follows()
    {
        _log.Append(Zero, "a", "b", "c", "d", "e");
        var consumer = NewConsumer(config => config with { MaxPollRecords = 2 });
        consumer.Assign([Zero]);
        _cluster.Loop.Run(async () =>
        {
            Assert.Equal(2, (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Count);
            Assert.Equal(2, await consumer.PositionAsync(Zero));
            Assert.Equal(2, (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Count);
            Assert.Single(await consumer.PollAsync(TimeSpan.FromSeconds(1)));
            Assert.Equal(5, await consumer.PositionAsync(Zero));
        });
    }

    [Fact]
    public void Without_a_reset_policy_a_missing_position_is_an_error()
    {
        var consumer = NewConsumer(config => config with { AutoOffsetReset = AutoOffsetReset.None });
        consumer.Assign([Zero]);
        _cluster.Loop.Run(() => Assert.ThrowsAsync<NoOffsetForPartitionException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void A_position_the_broker_no_longer_has_is_reset_to_the_oldest()
    {
        _log.Append(Zero, "a", "b", "c");
        _log.LogStart = 2;
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        consumer.Seek(Zero, 0);
        Assert.Equal("c", Assert.Single(Consume(consumer, 1)).Value);
    }

    [Fact]
    public void A_position_out_of_range_is_an_error_without_a_reset_policy()
    {
        var consumer = NewConsumer(config => config with { AutoOffsetReset = AutoOffsetReset.None });
        consumer.Assign([Zero]);
        consumer.Seek(Zero, 17);
        var failure = _cluster.Loop.Run(() => Assert.ThrowsAsync<OffsetOutOfRangeException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(1))));
        Assert.Equal((Zero, 17), (failure.Partition, failure.Offset));
    }

    [Fact]
    public void Paused_partitions_bring_nothing_until_they_are_resumed()
    {
        _log.Append(Zero, "zero");
        _log.Append(One, "one");
        var consumer = NewConsumer();
        consumer.Assign([Zero, One]);
        consumer.Pause(Zero);
        Assert.Equal("one", Assert.Single(Consume(consumer, 2, withinMs: 1000)).Value);
        consumer.Resume(Zero);
        Assert.Equal("zero", Assert.Single(Consume(consumer, 1)).Value);
    }

    [Fact]
    public void What_was_fetched_of_a_partition_waits_while_it_is_paused_and_comes_once()
    {
        _log.Append(Zero, "a", "b");
        _log.Append(Zero, "c");
        _log.Append(One, "one");
        var consumer = NewConsumer(config => config with { MaxPollRecords = 1 });
        consumer.Assign([Zero, One]);
        var first = Consume(consumer, 1).Single().Value;
        Assert.Contains(first, (string[])["a", "one"]);
        consumer.Pause(Zero);
        List<string?> read = [first, .. Consume(consumer, 2, withinMs: 1000).Select(record => record.Value)];
        string?[] unpaused = first == "a" ? ["a", "one"] : ["one"];
        Assert.Equal(unpaused, read);
        consumer.Resume(Zero);
        read.AddRange(Consume(consumer, 3, withinMs: 1000).Select(record => record.Value));
        Assert.Equal(["a", "b", "c"], read.Where(value => value != "one"));
        Assert.Equal(4, read.Count);
    }

    [Fact]
    public void What_was_fetched_of_a_paused_partition_goes_with_the_partition()
    {
        _log.Append(Zero, "a", "b");
        var consumer = NewConsumer(config => config with { MaxPollRecords = 1 });
        consumer.Assign([Zero]);
        Assert.Equal("a", Consume(consumer, 1).Single().Value);
        consumer.Pause(Zero);
        Assert.Empty(Consume(consumer, 1, withinMs: 1000));
        consumer.Assign([One]);
        Assert.Empty(Consume(consumer, 1, withinMs: 1000));
        consumer.Assign([Zero]);
        Assert.Empty(consumer.Paused);
        Assert.Equal(["a", "b"], Consume(consumer, 2).Select(record => record.Value));
    }

    [Fact]
    public void Read_committed_hides_aborted_transactions_and_nobody_sees_markers()
    {
        var aborted = new RecordBatchBuilder { ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
        _log.Append(Zero, aborted, "gone");
        var committed = new RecordBatchBuilder { ProducerId = 8, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
        _log.Append(Zero, committed, "kept");
        _log.AppendBatch(Zero, new EndTransactionMarker(ControlRecordType.Abort, 0).ToBatch(1000, 7, 0));
        _log.AppendBatch(Zero, new EndTransactionMarker(ControlRecordType.Commit, 0).ToBatch(1000, 8, 0));
        var again = new RecordBatchBuilder { ProducerId = 7, ProducerEpoch = 0, BaseSequence = 1, IsTransactional = true };
        _log.Append(Zero, again, "later");
        _log.AppendBatch(Zero, new EndTransactionMarker(ControlRecordType.Commit, 0).ToBatch(1000, 7, 0));
        _log.Aborted = [new FetchResponse.AbortedTransaction { ProducerId = 7, FirstOffset = 0 }];

        var careful = NewConsumer(config => config with { IsolationLevel = IsolationLevel.ReadCommitted });
        careful.Assign([Zero]);
        Assert.Equal(["kept", "later"], Consume(careful, 3, withinMs: 1000).Select(record => record.Value));
        var careless = NewConsumer();
        careless.Assign([Zero]);
        Assert.Equal(["gone", "kept", "later"], Consume(careless, 4, withinMs: 1000).Select(record => record.Value));
        Assert.Equal(6, _cluster.Loop.Run(() => careless.PositionAsync(Zero)));
    }

    [Fact]
    public void A_corrupt_batch_is_an_error_that_names_partition_and_offset_and_can_be_sought_past()
    {
        _log.Append(Zero, "good");
        _log.Append(Zero, "bad");
        _log.Append(Zero, "fine");
        _log.Batches(Zero)[1][^1] ^= 0xFF;
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        Assert.Equal("good", Assert.Single(Consume(consumer, 1)).Value);
        var failure = _cluster.Loop.Run(() => Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(1))));
        Assert.Equal(ErrorCode.CorruptMessage, failure.Code);
        Assert.Contains("t-0 at offset 1", failure.Message);
        consumer.Seek(Zero, 2);
        Assert.Equal("fine", Assert.Single(Consume(consumer, 1)).Value);
    }

    [Fact]
    public void The_rest_of_a_fetch_goes_on_when_the_leader_moves()
    {
        _log.Append(Zero, "a");
        var topic = _cluster.AddTopic("moving", 0);
        var moving = new TopicPartition("moving", 0);
        _log.Append(moving, "m");
        _log.FetchErrors[moving] = ErrorCode.NotLeaderOrFollower;
        var consumer = NewConsumer();
        consumer.Assign([Zero, moving]);
        Assert.Equal("a", Assert.Single(Consume(consumer, 1)).Value);
        topic.Move(0, leader: 1);
        _log.FetchErrors.Clear();
        Assert.Equal("m", Assert.Single(Consume(consumer, 1)).Value);
    }

    [Fact]
    public void Offsets_are_told_for_begin_end_and_time()
    {
        _log.Append(Zero, "a", "b");
        var consumer = NewConsumer();
        _cluster.Loop.Run(async () =>
        {
            Assert.Equal(0, (await consumer.BeginningOffsetsAsync([Zero]))[Zero]);
            Assert.Equal(2, (await consumer.EndOffsetsAsync([Zero]))[Zero]);
            Assert.Equal(2, (await consumer.OffsetsForTimesAsync(new Dictionary<TopicPartition, long> { [Zero] = 5 }))[Zero]!.Value.Offset);
            Assert.Equal([0, 1], await consumer.PartitionsForAsync("t"));
        });
    }

    [Fact]
    public void An_answer_about_what_was_not_asked_for_finds_no_position()
    {
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => new ListOffsetsResponse
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = -1, Offset = 5 }] }],
        });
        var consumer = NewConsumer(config => config with { DefaultApiTimeout = TimeSpan.FromSeconds(3) });
        consumer.Assign([Zero]);
        var polled = _cluster.Loop.InvokeAsyncOn(async () => await consumer.PollAsync(TimeSpan.FromSeconds(10)));
        _cluster.Time.AdvanceMs(10_001);
        Assert.Empty(_cluster.Time.Await(polled));
        var asked = _cluster.Loop.InvokeAsyncOn(
            () => Assert.ThrowsAsync<KafkaTimeoutException>(() => consumer.EndOffsetsAsync([Zero])));
        _cluster.Time.AdvanceMs(3001);
        Assert.Contains("Failed to get offsets by times in 3000ms", _cluster.Time.Await(asked).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_partitions_cannot_be_sought()
    {
        var consumer = NewConsumer();
        Assert.Throws<InvalidOperationException>(() => consumer.Seek(Zero, 1));
    }
}
