using ClassicBroker.Client.Classic;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Testing;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>The producer of 0.8, synchronous and asynchronous: who acknowledges, what is queued, which partition.</summary>
public sealed class ClassicProducerTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly FakeLog _log;

    public ClassicProducerTests() => _log = new FakeLog(_cluster);

    private IEnumerable<ProduceRequest> Produced => _cluster.Requests.Select(entry => entry.Request).OfType<ProduceRequest>();

    private ClassicProducer<string?, string?> NewProducer(params (string Key, string Value)[] properties) =>
        NewProducer(null, null, properties);

    private ClassicProducer<string?, string?> NewProducer(
        IMessagePartitioner? partitioner, RecordingLoggers? loggers, params (string Key, string Value)[] properties) =>
        new(
            ClassicProducerConfig.FromProperties(
                properties.Append(("metadata.broker.list", _cluster.Bootstrap))
                    .ToDictionary(property => property.Item1, property => property.Item2)),
            Serdes.String,
            Serdes.String,
            partitioner,
            _cluster.Network,
            loggers);

    private Task<T> On<T>(Func<Task<T>> work) => _cluster.Loop.InvokeAsyncOn(work);

    private Task On(Func<Task> work) => On(async () =>
    {
        await work();
        return true;
    });

    [Theory]
    [InlineData("1")]
    [InlineData("-1")]
    public void A_synchronous_send_ends_with_the_acknowledgement_it_asked_for(string acks)
    {
        _cluster.AddTopic("t", 0);
        var answered = new TaskCompletionSource();
        var produce = _cluster.Handler<ProduceRequest, ProduceResponse>();
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>(async (broker, request) =>
        {
            await answered.Task;
            return await produce(broker, request);
        });
        var producer = NewProducer(("request.required.acks", acks));
        var sent = On(() => producer.SendAsync(new KeyedMessage<string?, string?>("t", null, "v")));
        _cluster.Time.RunUntilIdle();
        Assert.False(sent.IsCompleted);
        answered.SetResult();
        _cluster.Time.Await(sent);
        Assert.Equal(["v"], _log.Values(new TopicPartition("t", 0)));
        Assert.Equal(short.Parse(acks, System.Globalization.CultureInfo.InvariantCulture), Assert.Single(Produced).Acks);
        Assert.Equal(10_000, Produced.Single().TimeoutMs);
    }

    [Fact]
    public void Acknowledgements_of_several_replicas_are_asked_for_as_0_8_does_in_messages_of_format_0()
    {
        _cluster.AddTopic("t", 0, 0);
        List<(int Partition, byte Magic, string Value)> taken = [];
        Answer(data => Take(data, taken));
        var producer = NewProducer(new ToPartition(), null, ("request.required.acks", "2"));
        _cluster.Time.Await(On(() => producer.SendAsync([new("t", "0", "a"), new("t", "1", "b"), new("t", "0", "c")])));
        (int, byte, string)[] asSent = [(0, 0, "a"), (0, 0, "c"), (1, 0, "b")];
        Assert.Equal(asSent, taken.OrderBy(message => message.Partition));
        Assert.Equal(2, Assert.Single(Produced).Acks);
        Assert.Equal(0, _cluster.MaxVersions[^1]);
    }

    private void Answer(Func<ProduceRequest.PartitionProduceData, ProduceResponse.PartitionProduceResponse> answer) =>
        _cluster.Handle<ProduceRequest, ProduceResponse>((_, request) => new ProduceResponse
        {
            Responses =
            [
                .. request.TopicData.Select(topic => new ProduceResponse.TopicProduceResponse
                {
                    Name = topic.Name,
                    PartitionResponses = [.. topic.PartitionData.Select(answer)],
                }),
            ],
        });

    private static ProduceResponse.PartitionProduceResponse Take(
        ProduceRequest.PartitionProduceData data, List<(int Partition, byte Magic, string Value)> taken)
    {
        foreach (var message in new BatchIterator(data.Records.Memory.Span))
        {
            using var reader = RecordReader.Open(data.Records.Memory.Span.Slice((int)message.Position, message.SizeInBytes));
            while (reader.MoveNext())
            {
                taken.Add((data.Index, message.Magic, System.Text.Encoding.UTF8.GetString(reader.Current.Value.Span)));
            }
        }

        return new ProduceResponse.PartitionProduceResponse { Index = data.Index, BaseOffset = 0 };
    }

    /// <summary>The key is the partition's number.</summary>
    private sealed class ToPartition : IMessagePartitioner
    {
        public int Partition(object key, int partitions) =>
            int.Parse((string)key, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Messages_of_one_call_travel_together_and_keep_their_order()
    {
        _cluster.AddTopic("t", 0);
        var producer = NewProducer(("request.required.acks", "1"));
        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(20)])));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), _log.Values(new TopicPartition("t", 0)));
        Assert.Single(Produced);
    }

    [Fact]
    public void A_message_is_tried_again_as_often_as_asked_for_and_then_has_failed()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, _) => ErrorCode.NotEnoughReplicas;
        var producer = NewProducer(("request.required.acks", "-1"), ("message.send.max.retries", "2"), ("retry.backoff.ms", "50"));
        var sent = On(() => Assert.ThrowsAsync<FailedToSendMessageException>(
            () => producer.SendAsync([.. Values(2)])));
        _cluster.Time.AdvanceMs(5000);
        var failure = _cluster.Time.Await(sent);
        Assert.StartsWith("Failed to send 2 messages after 3 tries.", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, failure.Failed);
        Assert.Equal(ErrorCode.NotEnoughReplicas, Assert.IsType<KafkaException>(failure.InnerException, exactMatch: false).Code);
        Assert.Equal(3, Produced.Count());
    }

    [Fact]
    public void A_broker_that_refuses_the_acks_asked_for_is_told()
    {
        _cluster.AddTopic("t", 0);
        Answer(data => new() { Index = data.Index, ErrorCode = ErrorCode.InvalidRequiredAcks });
        var producer = NewProducer(("request.required.acks", "2"));
        var sent = On(() => Assert.ThrowsAsync<FailedToSendMessageException>(
            () => producer.SendAsync(new KeyedMessage<string?, string?>("t", null, "v"))));
        _cluster.Time.AdvanceMs(1000);
        var cause = Assert.IsType<KafkaException>(_cluster.Time.Await(sent).InnerException);
        Assert.Equal((ErrorCode.InvalidRequiredAcks, 0), (cause.Code, cause.BrokerId));
    }

    [Fact]
    public void An_asynchronous_batch_leaves_when_it_is_full_or_its_time_is_over()
    {
        _cluster.AddTopic("t", 0);
        var producer = NewProducer(
            ("producer.type", "async"), ("batch.num.messages", "3"), ("queue.buffering.max.ms", "1000"), ("request.required.acks", "1"));
        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(2)])));
        _cluster.Time.AdvanceMs(999);
        Assert.Empty(Produced);
        _cluster.Time.AdvanceMs(1);
        Assert.Equal(["0", "1"], _log.Values(new TopicPartition("t", 0)));

        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(3)])));
        _cluster.Time.RunUntilIdle();
        Assert.Equal(2, Produced.Count());

        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(1)])));
        _cluster.Time.Await(On(async () => await producer.DisposeAsync()));
        Assert.Equal(["0", "1", "0", "1", "2", "0"], _log.Values(new TopicPartition("t", 0)));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500", 500)]
    public void A_full_queue_drops_messages_after_the_enqueue_timeout(string timeout, int afterMs)
    {
        var (producer, refused) = FillQueue(timeout);
        _cluster.Time.AdvanceMs(Math.Max(0, afterMs - 1));
        Assert.Equal(afterMs == 0, refused.IsCompleted);
        _cluster.Time.AdvanceMs(1);
        Assert.Equal(
            "Event queue is full of unsent messages, could not send event: a message to topic t",
            Assert.IsType<QueueFullException>(_cluster.Time.Await(refused)).Message);
        Assert.NotNull(producer);
    }

    [Fact]
    public void A_full_queue_without_a_timeout_makes_senders_wait()
    {
        var (producer, waiting) = FillQueue("-1");
        _cluster.Time.AdvanceMs(30_000);
        Assert.False(waiting.IsCompleted);
        _cluster.Down.Clear();
        _cluster.Time.AdvanceMs(60_000);
        Assert.Null(_cluster.Time.Await(waiting));
        Assert.NotNull(producer);
    }

    [Fact]
    public void What_an_asynchronous_producer_cannot_send_is_logged_and_the_next_batch_goes_on()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, _) => ErrorCode.TopicAuthorizationFailed;
        var loggers = new RecordingLoggers();
        var producer = NewProducer(null, loggers, ("producer.type", "async"), ("queue.buffering.max.ms", "10"), ("request.required.acks", "1"));
        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(2)])));
        _cluster.Time.AdvanceMs(100);
        Assert.Contains(loggers.Lines, line => line.Contains("Error in handling batch of 2 events", StringComparison.Ordinal));
        _log.Refusal = (_, _) => ErrorCode.None;
        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(1)])));
        _cluster.Time.AdvanceMs(100);
        Assert.Equal(["0"], _log.Values(new TopicPartition("t", 0)));
    }

    [Theory]
    [InlineData("key1", 8)]
    [InlineData("hello", 2)]
    public void Keys_choose_the_partition_by_Javas_hash(string key, int expected)
    {
        _cluster.AddTopic("t", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        var producer = NewProducer(("request.required.acks", "1"));
        _cluster.Time.Await(On(() => producer.SendAsync(new KeyedMessage<string?, string?>("t", key, "v"))));
        _cluster.Time.Await(On(() => producer.SendAsync(
            new KeyedMessage<string?, string?>("t", "other", "w") { PartitionKey = key })));
        Assert.Equal(["v", "w"], _log.Values(new TopicPartition("t", expected)));
    }

    [Fact]
    public void Messages_without_a_key_stay_with_a_partition_until_metadata_is_due()
    {
        _cluster.AddTopic("t", 0, -1, 1, 0, 1, 0, 1, 0);
        var producer = NewProducer(("request.required.acks", "1"), ("topic.metadata.refresh.interval.ms", "60000"));
        SortedSet<int> used = [];
        for (var period = 0; period < 12; period++)
        {
            for (var i = 0; i < 3; i++)
            {
                _cluster.Time.Await(On(() => producer.SendAsync(new KeyedMessage<string?, string?>("t", null, $"{period}"))));
            }

            var at = Enumerable.Range(0, 8).Where(partition => _log.Values(new TopicPartition("t", partition)).Contains($"{period}"));
            used.Add(Assert.Single(at));
            _cluster.Time.AdvanceMs(60_000);
        }

        Assert.DoesNotContain(1, used);
        Assert.True(used.Count > 2);
    }

    [Fact]
    public void A_partitioner_of_the_applications_own_chooses_and_is_checked()
    {
        _cluster.AddTopic("t", 0, 0, 0);
        var producer = NewProducer(new Second(), null, ("request.required.acks", "1"));
        _cluster.Time.Await(On(() => producer.SendAsync(new KeyedMessage<string?, string?>("t", "any", "v"))));
        Assert.Equal(["v"], _log.Values(new TopicPartition("t", 1)));
        var failure = _cluster.Time.Await(On(() => Assert.ThrowsAsync<FailedToSendMessageException>(
            () => producer.SendAsync(new KeyedMessage<string?, string?>("t", "wrong", "v")))));
        Assert.Contains("Invalid partition id: 7 for topic t; Valid values are in the inclusive range of [0, 2]", failure.Message);
    }

    [Fact]
    public void Only_the_topics_named_are_compressed()
    {
        _cluster.AddTopic("t", 0);
        _cluster.AddTopic("u", 0);
        var producer = NewProducer(
            ("request.required.acks", "1"), ("compression.codec", "gzip"), ("compressed.topics", "u"));
        _cluster.Time.Await(On(() => producer.SendAsync(
            [new KeyedMessage<string?, string?>("t", null, "v"), new KeyedMessage<string?, string?>("u", null, "w")])));
        Assert.Equal(CompressionCodec.None, CodecOf("t"));
        Assert.Equal(CompressionCodec.Gzip, CodecOf("u"));

        CompressionCodec CodecOf(string topic) => new RecordBatchHeader(_log.Batches(new TopicPartition(topic, 0))[0]).Codec;
    }

    [Fact]
    public void A_cancelled_call_sends_nothing()
    {
        _cluster.AddTopic("t", 0);
        foreach (var type in new[] { "sync", "async" })
        {
            var producer = NewProducer(("producer.type", type), ("queue.buffering.max.ms", "0"));
            _cluster.Time.Await(On(() => Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => producer.SendAsync([.. Values(2)], new CancellationToken(canceled: true)))));
        }

        _cluster.Time.AdvanceMs(1000);
        Assert.Empty(Produced);
    }

    private static IEnumerable<KeyedMessage<string?, string?>> Values(int count) =>
        Enumerable.Range(0, count).Select(i => new KeyedMessage<string?, string?>("t", null, $"{i}"));

    /// <summary>A producer whose queue holds two messages that no broker takes, and the attempt at a third.</summary>
    private (ClassicProducer<string?, string?> Producer, Task<Exception?> Third) FillQueue(string timeout)
    {
        _cluster.AddTopic("t", 0);
        _cluster.Down.UnionWith([0, 1]);
        var producer = NewProducer(
            ("producer.type", "async"), ("queue.buffering.max.messages", "2"), ("batch.num.messages", "2"), ("queue.enqueue.timeout.ms", timeout));
        _cluster.Time.Await(On(() => producer.SendAsync([.. Values(2)])));
        return (producer, On(async () => await Xunit.Record.ExceptionAsync(() => producer.SendAsync([.. Values(1)]))));
    }

    private sealed class Second : IMessagePartitioner
    {
        public int Partition(object key, int partitions) => key is "wrong" ? 7 : 1;
    }
}
