using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests.Producer;

public sealed class KafkaProducerTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly FakeLog _log;

    public KafkaProducerTests() => _log = new FakeLog(_cluster);

    private static TopicPartition Partition(int partition) => new("t", partition);

    private KafkaProducer<string?, string?> NewProducer(Func<ProducerConfig, ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = _cluster.Bootstrap };
        return new KafkaProducer<string?, string?>(change?.Invoke(config) ?? config, Serdes.String, Serdes.String, _cluster.Network);
    }

    /// <summary>Awaits where it was called, on the loop, which <see cref="Task.WhenAll(Task[])"/> would not.</summary>
    private static async Task<RecordMetadata> ProduceAsync(KafkaProducer<string?, string?> producer, string value) =>
        await producer.ProduceAsync("t", null, value);

    private IEnumerable<ProduceRequest> Produced => _cluster.Requests.Select(entry => entry.Request).OfType<ProduceRequest>();

    [Fact]
    public void Produce_tells_where_the_record_was_written()
    {
        _cluster.AddTopic("t", 0);
        _log.Append(Partition(0), "earlier");
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            var written = await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", "k", "v") { TimestampMs = 77 });
            Assert.Equal(new RecordMetadata("t", 0, 1, 77), written);
        });
        Assert.Equal(["earlier", "v"], _log.Values(Partition(0)));
    }

    [Fact]
    public void Records_of_a_burst_share_a_batch_and_keep_their_order()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            await producer.ProduceAsync("t", null, "first");
            var burst = Enumerable.Range(0, 50).Select(i => ProduceAsync(producer, $"{i}")).ToArray();
            for (var i = 0; i < burst.Length; i++)
            {
                Assert.Equal(1 + i, (await burst[i]).Offset);
            }
        });
        Assert.Equal(2, Produced.Count());
    }

    [Fact]
    public void Keys_choose_the_partition_every_Kafka_client_chooses()
    {
        _cluster.AddTopic("t", 0, 1, 0, 1);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            foreach (var key in new[] { "a", "b", "kafka", "" })
            {
                var written = await producer.ProduceAsync("t", key, "v");
                Assert.Equal(Murmur2.Partition(System.Text.Encoding.UTF8.GetBytes(key), 4), written.Partition);
            }
        });
    }

    [Fact]
    public void Headers_nulls_and_timestamps_arrive_as_they_were_sent()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            var headers = new[] { new RecordHeader("h", new byte[] { 1 }), new RecordHeader("h", null) };
            await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", null, null) { TimestampMs = 5, Headers = headers });
        });
        using var reader = RecordReader.Open(_log.Batches(Partition(0))[0]);
        Assert.True(reader.MoveNext());
        Assert.True(reader.Current.Key.IsNull);
        Assert.True(reader.Current.Value.IsNull);
        Assert.Equal(5, reader.Current.Timestamp);
        var read = reader.Current.Headers.ToArray();
        Assert.Equal(["h", "h"], read.Select(header => header.Key));
        Assert.Equal([1], read[0].Value!.Value.ToArray());
        Assert.Null(read[1].Value);
    }

    [Fact]
    public void A_new_leader_is_found_after_the_old_one_refuses()
    {
        var topic = _cluster.AddTopic("t", 0);
        var refused = false;
        _log.Refusal = (_, _) =>
        {
            if (refused)
            {
                return ErrorCode.None;
            }

            refused = true;
            topic.Move(0, leader: 1);
            return ErrorCode.NotLeaderOrFollower;
        };
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer();
            return await producer.ProduceAsync("t", null, "v");
        });
        _cluster.Time.AdvanceMs(2000);
        Assert.Equal(0, _cluster.Time.Await(sent).Offset);
        Assert.Equal(1, _cluster.Requests.Last(entry => entry.Request is ProduceRequest).Broker);
    }

    [Fact]
    public void Sequences_keep_records_in_order_when_an_earlier_batch_is_retried()
    {
        _cluster.AddTopic("t", 0);
        var refusals = 0;
        _log.Refusal = (_, batch) => batch.BaseSequence == 1 && refusals++ == 0 ? ErrorCode.NotEnoughReplicas : ErrorCode.None;
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { BatchSize = 1 });
            await producer.ProduceAsync("t", null, "0");
            foreach (var pending in Enumerable.Range(1, 9).Select(i => ProduceAsync(producer, $"{i}")).ToArray())
            {
                await pending;
            }

            return _log.EndOffset(Partition(0));
        });
        _cluster.Time.AdvanceMs(5000);
        Assert.Equal(10, _cluster.Time.Await(sent));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), _log.Values(Partition(0)));
    }

    [Fact]
    public void A_broker_that_forgot_the_producer_is_met_in_a_new_epoch()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, batch) => batch is { Epoch: 0, BaseSequence: 2 } ? ErrorCode.UnknownProducerId : ErrorCode.None;
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer();
            await producer.ProduceAsync("t", null, "0");
            await producer.ProduceAsync("t", null, "1");
            await producer.ProduceAsync("t", null, "2");
            return await producer.ProduceAsync("t", null, "3");
        });
        _cluster.Time.AdvanceMs(5000);
        Assert.Equal(3, _cluster.Time.Await(sent).Offset);
        Assert.Equal(["0", "1", "2", "3"], _log.Values(Partition(0)));
        var last = new RecordBatchHeader(_log.Batches(Partition(0))[^1]);
        Assert.Equal((1, 1), (last.ProducerEpoch, last.BaseSequence));
    }

    [Fact]
    public void A_refusal_that_will_not_pass_fails_the_record_with_the_broker_and_its_code()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, _) => ErrorCode.MessageTooLarge;
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            var failure = await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", null, "v"));
            Assert.Equal((ErrorCode.MessageTooLarge, 0, "Produce", false), (failure.Code, failure.BrokerId, failure.Api, failure.IsRetriable));
        });
    }

    [Theory]
    [InlineData(true, CompressionCodec.None)]
    [InlineData(true, CompressionCodec.Gzip)]
    [InlineData(false, CompressionCodec.None)]
    public void A_batch_too_large_for_the_broker_is_split_until_it_fits(bool isIdempotent, CompressionCodec codec)
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, batch) => batch.Count > 2 ? ErrorCode.MessageTooLarge : ErrorCode.None;
        var handler = new RecordingHandler();
        var offsets = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with
            {
                EnableIdempotence = isIdempotent,
                Compression = Compression.Of(codec),
                Linger = TimeSpan.FromMilliseconds(10),
            });
            var awaited = Enumerable.Range(0, 10).Select(i => ProduceAsync(producer, $"{i}")).ToArray();
            await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "10"), handler, tag: 10);
            await producer.FlushAsync();
            List<long> written = [];
            foreach (var record in awaited)
            {
                Assert.True(record.IsCompletedSuccessfully);
                written.Add((await record).Offset);
            }

            return written;
        });
        _cluster.Time.AdvanceMs(1000);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), _cluster.Time.Await(offsets));
        Assert.Equal(Enumerable.Range(0, 11).Select(i => $"{i}"), _log.Values(Partition(0)));
        Assert.Equal([(10, 10)], handler.Delivered);
        Assert.Equal(codec, new RecordBatchHeader(_log.Batches(Partition(0))[0]).Codec);
    }

    [Fact]
    public void Of_a_split_batch_only_the_record_that_fits_nowhere_fails()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, batch) => batch.Count > 1 || batch.BaseSequence == 1 ? ErrorCode.MessageTooLarge : ErrorCode.None;
        var ended = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { EnableIdempotence = true, Linger = TimeSpan.FromMilliseconds(10) });
            var pending = Enumerable.Range(0, 3).Select(i => ProduceAsync(producer, $"{i}")).ToArray();
            Assert.Equal(0, (await pending[0]).Offset);
            Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(() => pending[1])).Code);
            return (await pending[2]).Offset;
        });
        _cluster.Time.AdvanceMs(5000);
        Assert.Equal(1, _cluster.Time.Await(ended));
        Assert.Equal(["0", "2"], _log.Values(Partition(0)));
    }

    [Fact]
    public void Batches_numbered_behind_a_split_one_keep_their_order()
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, batch) => batch.Count > 2 ? ErrorCode.MessageTooLarge : ErrorCode.None;
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { BatchSize = 100 });
            await producer.ProduceAsync("t", null, "first");
            var pending = Enumerable.Range(0, 20).Select(i => ProduceAsync(producer, $"{i}")).ToArray();
            foreach (var record in pending)
            {
                await record;
            }

            return _log.Values(Partition(0));
        });
        _cluster.Time.AdvanceMs(20_000);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}").Prepend("first"), _cluster.Time.Await(sent));
    }

    [Fact]
    public void A_batch_under_way_fails_when_its_delivery_timeout_is_over()
    {
        _cluster.AddTopic("t", 0);
        var answer = new TaskCompletionSource<ProduceResponse>();
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>((_, _) => answer.Task);
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(
                config => config with { RequestTimeout = TimeSpan.FromSeconds(2), DeliveryTimeout = TimeSpan.FromSeconds(3) });
            var failure = await Assert.ThrowsAsync<KafkaTimeoutException>(() => ProduceAsync(producer, "v"));
            answer.SetResult(new ProduceResponse());
            return failure.Message;
        });
        _cluster.Time.AdvanceMs(2900);
        Assert.False(sent.IsCompleted);
        _cluster.Time.AdvanceMs(1000);
        Assert.StartsWith("Expiring 1 record(s) for t-0:", _cluster.Time.Await(sent));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    public void A_batch_is_sent_again_as_often_as_retries_allows(int retries, int attempts)
    {
        _cluster.AddTopic("t", 0);
        _log.Refusal = (_, _) => ErrorCode.NotEnoughReplicas;
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { EnableIdempotence = false, Retries = retries });
            return (await Assert.ThrowsAsync<KafkaException>(() => ProduceAsync(producer, "v"))).Code;
        });
        _cluster.Time.AdvanceMs(20_000);
        Assert.Equal(ErrorCode.NotEnoughReplicas, _cluster.Time.Await(sent));
        Assert.Equal(attempts, Produced.Count());
    }

    [Fact]
    public void Metadata_is_asked_for_again_when_it_is_too_old()
    {
        _cluster.AddTopic("t", 0);
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { MetadataMaxAge = TimeSpan.FromSeconds(10) });
            await producer.ProduceAsync("t", null, "v");
            var before = _cluster.Requests.Count(entry => entry.Request is MetadataRequest);
            await _cluster.Loop.DelayAsync(10_500);
            return _cluster.Requests.Count(entry => entry.Request is MetadataRequest) - before;
        });
        _cluster.Time.AdvanceMs(11_000);
        Assert.Equal(1, _cluster.Time.Await(sent));
    }

    [Fact]
    public void Records_that_cannot_be_delivered_in_time_expire()
    {
        _cluster.AddTopic("t", 0);
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(
                config => config with { RequestTimeout = TimeSpan.FromMilliseconds(500), DeliveryTimeout = TimeSpan.FromSeconds(3) });
            await producer.ProduceAsync("t", null, "arrives");
            _cluster.Down.Add(0);
            return await Assert.ThrowsAnyAsync<KafkaException>(async () => await producer.ProduceAsync("t", null, "v"));
        });
        _cluster.Time.AdvanceMs(10_000);
        Assert.True(_cluster.Time.Await(sent).IsRetriable);
        Assert.Equal(["arrives"], _log.Values(Partition(0)));
    }

    [Fact]
    public void Lingering_batches_wait_to_be_filled_and_a_flush_ends_that()
    {
        _cluster.AddTopic("t", 0);
        var flushed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { Linger = TimeSpan.FromSeconds(5) });
            await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "a"));
            Assert.Empty(_log.Values(Partition(0)));
            await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "b"));
            await producer.FlushAsync();
            return _log.Values(Partition(0));
        });
        Assert.Equal(["a", "b"], _cluster.Time.Await(flushed));
        Assert.Single(Produced);
    }

    [Fact]
    public void A_lingering_batch_leaves_when_its_time_is_over()
    {
        _cluster.AddTopic("t", 0);
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { Linger = TimeSpan.FromMilliseconds(500) });
            return await producer.ProduceAsync("t", null, "a");
        });
        _cluster.Time.AdvanceMs(499);
        Assert.Empty(_log.Values(Partition(0)));
        _cluster.Time.AdvanceMs(1);
        Assert.Equal(0, _cluster.Time.Await(sent).Offset);
    }

    [Fact]
    public void A_full_buffer_makes_senders_wait_and_then_go_on()
    {
        _cluster.AddTopic("t", 0);
        var answered = new TaskCompletionSource();
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>(async (_, request) =>
        {
            await answered.Task;
            return new ProduceResponse
            {
                Responses =
                [
                    new ProduceResponse.TopicProduceResponse
                    {
                        Name = "t", PartitionResponses = [new ProduceResponse.PartitionProduceResponse { Index = 0, BaseOffset = 0 }],
                    },
                ],
            };
        });
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { BufferMemory = 4096, BatchSize = 2048 });
            var payload = new string('x', 1500);
            var written = 0;
            foreach (var pending in Enumerable.Range(0, 5).Select(_ => ProduceAsync(producer, payload)).ToArray())
            {
                await pending;
                written++;
            }

            return written;
        });
        _cluster.Time.RunUntilIdle();
        Assert.False(sent.IsCompleted);
        answered.SetResult();
        Assert.Equal(5, _cluster.Time.Await(sent));
    }

    [Fact]
    public void A_full_buffer_gives_up_after_max_block_ms()
    {
        _cluster.AddTopic("t", 0);
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>((_, _) => new TaskCompletionSource<ProduceResponse>().Task);
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            var producer = NewProducer(config => config with { BufferMemory = 2048, BatchSize = 2048, MaxBlock = TimeSpan.FromSeconds(1) });
            var first = ProduceAsync(producer, new string('x', 1500));
            var failure = await Assert.ThrowsAsync<KafkaTimeoutException>(async () => await producer.ProduceAsync("t", null, new string('x', 1500)));
            Assert.False(first.IsCompleted);
            return failure.Message;
        });
        _cluster.Time.AdvanceMs(1500);
        Assert.Contains("Failed to allocate", _cluster.Time.Await(sent));
    }

    [Fact]
    public void An_unknown_topic_is_waited_for_and_named_when_it_does_not_come()
    {
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = NewProducer(config => config with { MaxBlock = TimeSpan.FromSeconds(2) });
            return await Assert.ThrowsAsync<KafkaTimeoutException>(async () => await producer.ProduceAsync("absent", null, "v"));
        });
        _cluster.Time.AdvanceMs(3000);
        Assert.StartsWith("Topic absent not present in metadata after 2000 ms.", _cluster.Time.Await(sent).Message);
    }

    [Fact]
    public void Records_larger_than_a_request_are_refused_at_once()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer(config => config with { MaxRequestSize = 1000 });
            await producer.ProduceAsync("t", null, "fits");
            var failure = await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", null, new string('x', 1000)));
            Assert.Equal(ErrorCode.MessageTooLarge, failure.Code);
        });
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Batches_are_compressed_by_the_codec_asked_for(CompressionCodec codec)
    {
        _cluster.AddTopic("t", 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer(config => config with { Compression = Compression.Of(codec) });
            await producer.ProduceAsync("t", null, new string('x', 500));
        });
        Assert.Equal(codec, new RecordBatchHeader(_log.Batches(Partition(0))[0]).Codec);
        Assert.Equal([new string('x', 500)], _log.Values(Partition(0)));
    }

    [Fact]
    public void Delivery_handlers_are_told_each_outcome_with_its_tag()
    {
        _cluster.AddTopic("t", 0);
        var handler = new RecordingHandler();
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            for (var i = 0; i < 3; i++)
            {
                await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "v"), handler, tag: i);
            }

            await producer.FlushAsync();
        });
        Assert.Equal([(0, 0), (1, 1), (2, 2)], handler.Delivered);
    }

    [Fact]
    public void Appending_to_an_open_batch_allocates_nothing_for_a_record()
    {
        _cluster.AddTopic("t", 0);
        var producer = new KafkaProducer<object?, ReadOnlyMemory<byte>>(
            new ProducerConfig { BootstrapServers = _cluster.Bootstrap, Linger = TimeSpan.FromHours(1), DeliveryTimeout = TimeSpan.FromHours(2), BatchSize = 1 << 20 },
            Serdes.Null,
            Serdes.Memory,
            _cluster.Network);
        ReadOnlyMemory<byte> payload = new byte[100];
        _cluster.Loop.Run(async () => await producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>("t", null, payload)));
        // The batch's memory doubles at 256 KiB and 512 KiB, its list at 4096 records; between them nothing grows.
        Send(producer, payload, 2999);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(producer, payload, 1000);
        var perRecord = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000.0;
        Assert.Equal(0, perRecord);
    }

    private static void Send(KafkaProducer<object?, ReadOnlyMemory<byte>> producer, ReadOnlyMemory<byte> payload, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(IsDone(producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>("t", null, payload))));
        }
    }

    private static bool IsDone(ValueTask task) => task.IsCompletedSuccessfully;

    private sealed class RecordingHandler : IDeliveryHandler
    {
        public List<(long Tag, long Offset)> Delivered { get; } = [];

        public void OnDelivered(long tag, in RecordMetadata metadata) => Delivered.Add((tag, metadata.Offset));

        public void OnFailed(long tag, KafkaException failure) => Assert.Fail(failure.Message);
    }
}
