using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;

namespace ClassicBroker.Server.Tests.Handlers;

public sealed class ProduceFetchTests
{
    private const int Eio = 5;

    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public ProduceFetchTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t", 2);
    }

    private FetchResponse.PartitionData FetchOne(long offset, short version = 11, int maxBytes = 1 << 20) =>
        _client.Fetch("t", 0, offset, version, maxBytes: maxBytes).Responses[0].Partitions[0];

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void What_is_acknowledged_is_read_back(short acks)
    {
        var first = _client.Produce("t", 0, acks, "a", "b");
        var second = _client.Produce("t", 0, acks, "c");
        Assert.Equal((ErrorCode.None, 0L, ErrorCode.None, 2L), (first.ErrorCode, first.BaseOffset, second.ErrorCode, second.BaseOffset));
        var fetched = FetchOne(0);
        Assert.Equal(["a", "b", "c"], BrokerClient.Values(fetched.Records));
        Assert.Equal((3L, 3L, 0L), (fetched.HighWatermark, fetched.LastStableOffset, fetched.LogStartOffset));
    }

    [Fact]
    public void Without_acks_nothing_is_answered_and_the_records_are_there()
    {
        _client.Send(BrokerClient.ProduceRequestOf("t", 0, 0, BrokerClient.Batch("x")), 7);
        Assert.Null(_client.TakeFrame());
        Assert.Equal(["x"], BrokerClient.Values(FetchOne(0).Records));
    }

    [Fact]
    public void Without_acks_an_error_closes_the_connection()
    {
        _client.Send(BrokerClient.ProduceRequestOf("nowhere", 0, 0, BrokerClient.Batch("x")), 7);
        Assert.False(_client.IsOpen);
    }

    [Fact]
    public void A_client_that_only_finished_sending_still_gets_its_long_poll()
    {
        var poller = _broker.Connect("poller");
        poller.Send(BrokerClient.FetchRequestOf("t", 0, 0, maxWaitMs: 60_000), 11);
        poller.Channel.FinishInbound();
        Assert.Null(poller.TakeFrame());
        _client.Produce("t", 0, 1, "late");

        Assert.Equal(["late"], BrokerClient.Values(poller.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].Records));
        Assert.False(poller.IsOpen);
    }

    [Fact]
    public void A_long_poll_whose_connection_breaks_ends_with_it()
    {
        var poller = _broker.Connect("poller");
        poller.Send(BrokerClient.FetchRequestOf("t", 0, 0, maxWaitMs: int.MaxValue), 11);
        poller.Channel.Break(new IOException("gone"));
        _client.Produce("t", 0, 1, "late");

        Assert.Null(poller.TakeFrame());
        Assert.Equal(0, poller.Channel.BuffersOut);
        Assert.Equal(["late"], BrokerClient.Values(FetchOne(0).Records));
    }

    [Theory]
    [InlineData("t", 9, 1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("nowhere", 0, 1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("t", 0, 2, ErrorCode.InvalidRequiredAcks)]
    [InlineData("t", 0, -2, ErrorCode.InvalidRequiredAcks)]
    [InlineData("__consumer_offsets", 0, 1, ErrorCode.UnknownTopicOrPartition)]
    public void A_produce_that_cannot_be_is_refused(string topic, int partition, short acks, ErrorCode expected)
    {
        var answer = _client.Produce(topic, partition, acks, "x");
        Assert.Equal((expected, -1L), (answer.ErrorCode, answer.BaseOffset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void More_acknowledgements_than_there_are_replicas_are_refused_in_every_version(short version)
    {
        var answer = _client.ProduceRaw("t", 0, 2, version, BrokerClient.OldMessages("a"));
        Assert.Equal((ErrorCode.InvalidRequiredAcks, -1L), (answer.ErrorCode, answer.BaseOffset));
        Assert.Equal(0, FetchOne(0).HighWatermark);
    }

    [Fact]
    public void Min_insync_replicas_above_the_replication_factor_counts_as_that()
    {
        _client.CreateTopic("strict", 1, ("min.insync.replicas", "2"));
        Assert.Equal(ErrorCode.None, _client.Produce("strict", 0, -1, "x").ErrorCode);
    }

    [Fact]
    public void From_version_3_a_partition_takes_exactly_one_batch_of_format_2()
    {
        var one = BrokerClient.Batch("a");
        Assert.Equal(ErrorCode.InvalidRecord, _client.ProduceRaw("t", 0, 1, 8, [.. one, .. one]).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRecord, _client.ProduceRaw("t", 0, 1, 8, []).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRecord, _client.ProduceRaw("t", 0, 1, 8, null).ErrorCode);
        Assert.Equal(0, FetchOne(0).HighWatermark);
    }

    [Fact]
    public void A_batch_with_a_flipped_bit_is_corrupt_and_leaves_no_trace()
    {
        var batch = BrokerClient.Batch("abc");
        batch[^1] ^= 1;
        Assert.Equal(ErrorCode.CorruptMessage, _client.ProduceRaw("t", 0, 1, 8, batch).ErrorCode);
        Assert.Equal(0, FetchOne(0).HighWatermark);
    }

    [Fact]
    public void A_batch_larger_than_the_topic_allows_is_refused()
    {
        _client.CreateTopic("small", 1, ("max.message.bytes", "100"));
        Assert.Equal(ErrorCode.MessageTooLarge, _client.Produce("small", 0, 1, new string('x', 200)).ErrorCode);
    }

    [Fact]
    public void A_fetch_waits_until_something_is_produced()
    {
        var consumer = _broker.Connect();
        consumer.Send(BrokerClient.FetchRequestOf("t", 0, 0, maxWaitMs: 1000), 11);
        _broker.Time.AdvanceMs(500);
        Assert.Null(consumer.Answer<FetchResponse>(11));
        _client.Produce("t", 0, 1, "late");
        Assert.Equal(["late"], BrokerClient.Values(consumer.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].Records));
    }

    [Fact]
    public void A_fetch_that_waits_in_vain_is_answered_at_its_time()
    {
        _client.Send(BrokerClient.FetchRequestOf("t", 0, 0, maxWaitMs: 300), 11);
        _broker.Time.AdvanceMs(299);
        Assert.Null(_client.TakeFrame());
        _broker.Time.AdvanceMs(1);
        Assert.Equal(0, _client.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].Records.Length);
    }

    [Fact]
    public void A_waiting_fetch_is_told_when_its_topic_is_deleted()
    {
        var consumer = _broker.Connect();
        consumer.Send(BrokerClient.FetchRequestOf("t", 0, 0, maxWaitMs: 60_000), 11);
        _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["t"], TimeoutMs = 1000 }, 3);
        Assert.NotEqual(ErrorCode.None, consumer.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [InlineData(1, ErrorCode.OffsetOutOfRange)]
    [InlineData(-1, ErrorCode.OffsetOutOfRange)]
    [InlineData(long.MaxValue, ErrorCode.OffsetOutOfRange)]
    [InlineData(0, ErrorCode.None)]
    public void Offsets_outside_the_log_are_out_of_range(long offset, ErrorCode expected) =>
        Assert.Equal(expected, FetchOne(offset).ErrorCode);

    [Fact]
    public void From_version_3_on_the_first_batch_comes_whole_however_large()
    {
        _client.Produce("t", 0, 1, new string('x', 1000));
        Assert.InRange(FetchOne(0, version: 4, maxBytes: 100).Records.Length, 1000, 1200);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Old_consumers_are_given_formats_they_read(short version)
    {
        _client.Produce("t", 0, 1, "a", "b");
        var records = FetchOne(0, version).Records;
        Assert.Equal(["a", "b"], BrokerClient.Values(records));
        foreach (var batch in new BatchIterator(records.Memory.Span))
        {
            Assert.Equal(version < 2 ? 0 : 1, batch.Magic);
        }
    }

    [Fact]
    public void A_topic_that_forbids_conversion_refuses_old_consumers()
    {
        _client.CreateTopic("new", 1, ("message.downconversion.enable", "false"));
        _client.Produce("new", 0, 1, "a");
        Assert.Equal(ErrorCode.UnsupportedVersion, _client.Fetch("new", 0, 0, 3).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Topics_go_by_id_from_version_13_on()
    {
        _client.Produce("t", 0, 1, "a");
        var request = BrokerClient.FetchRequestOf("", 0, 0);
        request.Topics[0].TopicId =
            _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 12).Topics.Single(topic => topic.Name == "t").TopicId;
        Assert.Equal(["a"], BrokerClient.Values(_client.Ask<FetchRequest, FetchResponse>(request, 13).Responses[0].Partitions[0].Records));
        request.Topics[0].TopicId = new Uuid(1, 2);
        Assert.Equal(ErrorCode.UnknownTopicId, _client.Ask<FetchRequest, FetchResponse>(request, 13).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_session_answers_only_what_changed()
    {
        var full = BrokerClient.FetchRequestOf("t", 0, 0);
        full.SessionEpoch = 0;
        var session = _client.Ask<FetchRequest, FetchResponse>(full, 11).SessionId;
        Assert.NotEqual(0, session);
        FetchResponse Next(int epoch) => _client.Ask<FetchRequest, FetchResponse>(
            new() { SessionId = session, SessionEpoch = epoch, MaxBytes = 1 << 20, MinBytes = 1 }, 11);
        Assert.Empty(Next(1).Responses);
        _client.Produce("t", 0, 1, "new");
        Assert.Equal(["new"], BrokerClient.Values(Next(2).Responses[0].Partitions[0].Records));
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, Next(2).ErrorCode);
    }

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(5, ErrorCode.UnknownLeaderEpoch)]
    public void The_leader_epoch_a_consumer_believes_in_is_checked(int epoch, ErrorCode expected)
    {
        var request = BrokerClient.FetchRequestOf("t", 0, 0);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, _client.Ask<FetchRequest, FetchResponse>(request, 11).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_stranger_that_poses_as_a_follower_is_refused()
    {
        var request = BrokerClient.FetchRequestOf("t", 0, 0);
        request.ReplicaId = 7;
        Assert.Equal(
            ErrorCode.NotLeaderOrFollower, _client.Ask<FetchRequest, FetchResponse>(request, 11).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void Requests_behind_a_waiting_fetch_are_carried_out_and_answered_in_order()
    {
        _client.Send(BrokerClient.FetchRequestOf("t", 1, 0, maxWaitMs: 400), 11);
        _client.Send(BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch("x")), 7);
        Assert.Null(_client.TakeFrame());
        Assert.Equal(1, _broker.Connect().Fetch("t", 0, 0).Responses[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public void An_idempotent_producers_repeat_is_answered_with_its_first_offset()
    {
        var id = _client.Ask<InitProducerIdRequest, InitProducerIdResponse>(
            new() { TransactionalId = null, TransactionTimeoutMs = 1000 }, 1);
        Assert.Equal((ErrorCode.None, (short)0), (id.ErrorCode, id.ProducerEpoch));
        ProduceResponse.PartitionProduceResponse Produce(int sequence)
        {
            using var builder = new RecordBatchBuilder { ProducerId = id.ProducerId, ProducerEpoch = 0, BaseSequence = sequence };
            builder.Append(1, default, "v"u8);
            return _client.ProduceRaw("t", 0, -1, 8, builder.Build().ToArray());
        }

        Assert.Equal([0L, 1L, 0L], new[] { Produce(0).BaseOffset, Produce(1).BaseOffset, Produce(0).BaseOffset });
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Produce(5).ErrorCode);
        Assert.Equal(2, FetchOne(0).HighWatermark);
    }

    /// <summary>Of the batches in flight only the last is in the snapshot that an orderly stop leaves.</summary>
    [Fact]
    public void Repeats_from_before_a_restart_are_told_to_be_duplicates()
    {
        const long ProducerId = 1000;
        byte[] Batch(int sequence)
        {
            using var builder = new RecordBatchBuilder { ProducerId = ProducerId, ProducerEpoch = 0, BaseSequence = sequence };
            builder.Append(_broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), default, "v"u8);
            return builder.Build().ToArray();
        }

        Assert.Equal([0L, 1L, 2L], new[] { 0, 1, 2 }.Select(sequence => _client.ProduceRaw("t", 0, -1, 8, Batch(sequence)).BaseOffset));
        _broker.Stop();
        _broker.Start();

        var client = _broker.Connect();
        foreach (var acks in new short[] { 1, -1 })
        {
            var forgotten = client.ProduceRaw("t", 0, acks, 8, Batch(1));
            Assert.Equal((ErrorCode.DuplicateSequenceNumber, -1L), (forgotten.ErrorCode, forgotten.BaseOffset));
            var known = client.ProduceRaw("t", 0, acks, 8, Batch(2));
            Assert.Equal((ErrorCode.None, 2L), (known.ErrorCode, known.BaseOffset));
            Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, client.ProduceRaw("t", 0, acks, 8, Batch(4)).ErrorCode);
        }

        Assert.Equal(3, client.Fetch("t", 0, 0).Responses[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public void A_failing_disk_takes_its_directory_offline_and_the_broker_goes_on()
    {
        var broker = new InProcessBroker("log.dirs=/data/a,/data/b");
        var client = broker.Connect();
        client.CreateTopic("two", 2);
        broker.Files.Fail(FileOperation.Write, Eio, pathContains: "two-0", lasting: true);
        Assert.Equal(ErrorCode.KafkaStorageError, client.Produce("two", 0, 1, "x").ErrorCode);
        Assert.Equal(ErrorCode.None, client.Produce("two", 1, 1, "x").ErrorCode);
        Assert.Equal(ErrorCode.KafkaStorageError, client.Produce("two", 0, 1, "x").ErrorCode);
        Assert.Null(broker.Halted);
    }

    [Fact]
    public void With_the_last_directory_gone_the_process_ends()
    {
        _broker.Files.Fail(FileOperation.Write, Eio, pathContains: "/data/a/t-", lasting: true);
        _client.Produce("t", 0, 1, "x");
        Assert.Equal(1, _broker.Halted);
    }

    [Fact]
    public void A_restart_keeps_topics_records_and_their_numbers()
    {
        _client.Produce("t", 0, 1, "a", "b");
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect();
        Assert.Equal(2, client.Produce("t", 0, 1, "c").BaseOffset);
        Assert.Equal(["a", "b", "c"], BrokerClient.Values(client.Fetch("t", 0, 0).Responses[0].Partitions[0].Records));
    }
}
