using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>What a loop over records may rely on: nothing skipped by leaving it, by cancelling it, or by a record that cannot be read.</summary>
public sealed class ConsumeLoopTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;

    public ConsumeLoopTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
    }

    private KafkaConsumer<string?, T> NewConsumer<T>(
        IDeserializer<T> values, int maxPollRecords = 500, params IConsumerInterceptor<string?, T>[] interceptors) =>
        new(
            new ConsumerConfig
            {
                BootstrapServers = _cluster.Bootstrap,
                AutoOffsetReset = AutoOffsetReset.Earliest,
                MaxPollRecords = maxPollRecords,
            },
            Serdes.String,
            values,
            _cluster.Network,
            interceptors: interceptors);

    private void Run(Func<Task> work)
    {
        var done = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await work();
            return true;
        });
        _cluster.Time.AdvanceMs(70_000);
        _cluster.Time.Await(done);
    }

    [Fact]
    public void Leaving_a_loop_and_entering_it_again_skips_no_record()
    {
        _log.Append(Zero, "a", "b", "c");
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            consumer.Assign([Zero]);
            List<string?> read = [];
            for (var i = 0; i < 3; i++)
            {
                await foreach (var record in consumer.ConsumeAsync())
                {
                    read.Add(record.Value);
                    break;
                }

                Assert.Equal(i + 1, await consumer.PositionAsync(Zero));
            }

            Assert.Equal(["a", "b", "c"], read);
        });
    }

    [Fact]
    public void Batches_hold_what_is_there_and_leaving_or_cancelling_their_loop_skips_no_record()
    {
        _log.Append(Zero, "a", "b");
        _log.Append(Zero, "c", "d", "e");
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String, maxPollRecords: 2);
            consumer.Assign([Zero]);
            List<IReadOnlyList<ConsumerRecord<string?, string?>>> batches = [];
            await foreach (var batch in consumer.ConsumeBatchesAsync())
            {
                batches.Add(batch);
                break;
            }

            Assert.Equal(2, await consumer.PositionAsync(Zero));
            using var cancelled = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var batch in consumer.ConsumeBatchesAsync(cancelled.Token))
                {
                    batches.Add(batch);
                    await cancelled.CancelAsync();
                }
            });
            batches.Add(await consumer.PollAsync(TimeSpan.FromSeconds(1)));
            Assert.Equal(["a b", "c d", "e"], batches.Select(batch => string.Join(' ', batch.Select(record => record.Value))));
        });
    }

    [Fact]
    public void Cancellation_is_seen_before_the_next_record_and_that_record_comes_again()
    {
        _log.Append(Zero, "a", "b", "c");
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            consumer.Assign([Zero]);
            using var cancelled = new CancellationTokenSource();
            List<string?> read = [];
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var record in consumer.ConsumeAsync(cancelled.Token))
                {
                    read.Add(record.Value);
                    cancelled.Cancel();
                }
            });
            Assert.Equal(["a"], read);
            Assert.Equal(["b", "c"], (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Select(record => record.Value));
        });
    }

    [Fact]
    public void A_broker_that_dies_is_followed_by_another_and_no_record_is_lost_or_read_twice()
    {
        var cluster = new FakeCluster(brokers: 2);
        var log = new FakeLog(cluster);
        var topic = cluster.AddTopic("t", 0);
        log.Append(Zero, "a", "b");
        List<string?> read = [];
        var reading = cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var consumer = new KafkaConsumer<string?, string?>(
                new ConsumerConfig { BootstrapServers = cluster.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest },
                Serdes.String,
                Serdes.String,
                cluster.Network);
            consumer.Assign([Zero]);
            await foreach (var record in consumer.ConsumeAsync())
            {
                read.Add(record.Value);
                if (record.Value == "d")
                {
                    return true;
                }
            }

            return false;
        });
        cluster.Time.AdvanceMs(1000);
        cluster.Down.Add(0);
        cluster.Time.AdvanceMs(2000);
        topic.Move(0, 1);
        log.Append(Zero, "c", "d");
        cluster.Time.AdvanceMs(10_000);
        Assert.True(cluster.Time.Await(reading));
        Assert.Equal(["a", "b", "c", "d"], read);
    }

    [Fact]
    public void An_exception_of_the_loops_body_leaves_the_records_behind_it()
    {
        _log.Append(Zero, "a", "b");
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            consumer.Assign([Zero]);
            await Assert.ThrowsAsync<FormatException>(async () =>
            {
                await foreach (var record in consumer.ConsumeAsync())
                {
                    throw new FormatException(record.Value);
                }
            });
            Assert.Equal("b", Assert.Single(await consumer.PollAsync(TimeSpan.FromSeconds(1))).Value);
        });
    }

    [Fact]
    public void A_record_no_deserializer_reads_is_told_with_its_place_and_bytes_after_those_before_it()
    {
        _log.Append(Zero, "1", "2", "three", "4");
        Run(async () =>
        {
            await using var consumer = NewConsumer(new Numbers());
            consumer.Assign([Zero]);
            Assert.Equal([1, 2], (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Select(record => record.Value));
            for (var attempt = 0; attempt < 2; attempt++)
            {
                var failure = await Assert.ThrowsAsync<RecordDeserializationException>(
                    async () => await consumer.PollAsync(TimeSpan.FromSeconds(1)));
                Assert.Equal((Zero, 2, false, false), (failure.TopicPartition, failure.Offset, failure.IsKey, failure.IsRetriable));
                Assert.Equal("three"u8.ToArray(), failure.Value!.Value.ToArray());
                Assert.Null(failure.Key);
                Assert.IsType<FormatException>(failure.InnerException);
                Assert.StartsWith(
                    "Error deserializing VALUE for partition t-0 at offset 2. If needed, please seek past the record to continue consumption.",
                    failure.Message);
                Assert.Equal(2, await consumer.PositionAsync(Zero));
            }

            consumer.Seek(Zero, 3);
            Assert.Equal(4, Assert.Single(await consumer.PollAsync(TimeSpan.FromSeconds(1))).Value);
        });
    }

    [Fact]
    public void Consuming_without_topics_and_partitions_is_an_error_at_once()
    {
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.PollAsync(TimeSpan.FromHours(1)));
            Assert.Equal("Consumer is not subscribed to any topics or assigned any partitions", failure.Message);
        });
        Assert.Empty(_cluster.Requests);
    }

    [Fact]
    public void Interceptors_see_every_poll_in_their_order_and_what_they_throw_changes_nothing()
    {
        _log.Append(Zero, "a", "b");
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String, interceptors: [new Marking("1"), new Throwing(), new Marking("2")]);
            consumer.Assign([Zero]);
            Assert.Equal(["a12", "b12"], (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Select(record => record.Value));
        });
    }

    [Fact]
    public void A_fetch_that_is_refused_names_broker_address_api_and_partition()
    {
        _log.FetchErrors[Zero] = ErrorCode.TopicAuthorizationFailed;
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            consumer.Assign([Zero]);
            var failure = await Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(5)));
            Assert.Equal(
                (ErrorCode.TopicAuthorizationFailed, 0, "broker:9092", "Fetch", Zero),
                (failure.Code, failure.BrokerId, failure.BrokerAddress, failure.Api, failure.TopicPartition));
        });
    }

    [Fact]
    public void A_connection_that_breaks_names_the_broker_it_was_to()
    {
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => throw new BrokerUnavailableException("broker:9092", "broke"));
        Run(async () =>
        {
            await using var consumer = NewConsumer(Serdes.String);
            var failure = await Assert.ThrowsAsync<KafkaTimeoutException>(() => Offsets(consumer));
            var cause = Assert.IsType<BrokerUnavailableException>(failure.InnerException);
            Assert.Equal((0, "broker:9092", "ListOffsets"), (cause.BrokerId, cause.BrokerAddress, cause.Api));
        });

        static Task Offsets(KafkaConsumer<string?, string?> consumer) => consumer.EndOffsetsAsync([Zero]);
    }

    private sealed class Numbers : IDeserializer<int>
    {
        public int Deserialize(ReadOnlySpan<byte> data, bool isNull) => int.Parse(data, System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class Marking(string mark) : IConsumerInterceptor<string?, string?>
    {
        public IReadOnlyList<ConsumerRecord<string?, string?>> OnConsume(IReadOnlyList<ConsumerRecord<string?, string?>> records) =>
            [.. records.Select(record => record with { Value = record.Value + mark })];

        public void OnCommit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets)
        {
        }
    }

    private sealed class Throwing : IConsumerInterceptor<string?, string?>
    {
        public IReadOnlyList<ConsumerRecord<string?, string?>> OnConsume(IReadOnlyList<ConsumerRecord<string?, string?>> records) =>
            throw new FormatException();

        public void OnCommit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets) => throw new FormatException();
    }
}
