using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer;

/// <summary>
/// What callers of a producer may rely on: timeouts as long as they say, cancelled calls that send nothing, partitioners of their own.
/// </summary>
public sealed class ProducerPromiseTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly FakeLog _log;
    private KafkaProducer<string?, string?>? _producer;

    public ProducerPromiseTests() => _log = new FakeLog(_cluster);

    private static TopicPartition Partition(int partition) => new("t", partition);

    private KafkaProducer<string?, string?> NewProducer(Func<ProducerConfig, ProducerConfig>? change = null)
    {
        var config = new ProducerConfig { BootstrapServers = _cluster.Bootstrap };
        return new KafkaProducer<string?, string?>(change?.Invoke(config) ?? config, Serdes.String, Serdes.String, _cluster.Network);
    }

    private static async Task<RecordMetadata> ProduceAsync(KafkaProducer<string?, string?> producer, string value) =>
        await producer.ProduceAsync("t", null, value);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Max_block_ms_is_as_long_as_it_says(bool isSilent)
    {
        if (isSilent)
        {
            _cluster.HandleAsync<MetadataRequest, MetadataResponse>((_, _) => new TaskCompletionSource<MetadataResponse>().Task);
        }

        var sent = _cluster.Loop.InvokeAsyncOn(() => Assert.ThrowsAsync<KafkaTimeoutException>(async () =>
            await NewProducer(config => config with { MaxBlock = TimeSpan.FromSeconds(5) }).ProduceAsync("absent", null, "v")));
        _cluster.Time.AdvanceMs(4999);
        Assert.False(sent.IsCompleted);
        _cluster.Time.AdvanceMs(2);
        Assert.StartsWith("Topic absent not present in metadata after 5000 ms.", _cluster.Time.Await(sent).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Delivery_timeout_ms_is_as_long_as_it_says(bool isSent)
    {
        _cluster.AddTopic("t", isSent ? 0 : -1);
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>((_, _) => new TaskCompletionSource<ProduceResponse>().Task);
        var sent = _cluster.Loop.InvokeAsyncOn(() => Assert.ThrowsAsync<KafkaTimeoutException>(() => ProduceAsync(
            NewProducer(config => config with { DeliveryTimeout = TimeSpan.FromSeconds(7), RequestTimeout = TimeSpan.FromSeconds(6) }), "v")));
        _cluster.Time.AdvanceMs(6999);
        Assert.False(sent.IsCompleted);
        _cluster.Time.AdvanceMs(2);
        Assert.Contains("has passed since batch creation", _cluster.Time.Await(sent).Message);
    }

    [Fact]
    public void A_cancelled_call_sends_nothing()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            await producer.ProduceAsync("t", null, "v");
            var cancelled = new CancellationToken(canceled: true);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await producer.ProduceAsync("t", null, "w", cancelled));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "x"), null, 0, cancelled));
        });
        Assert.Equal(["v"], _log.Values(Partition(0)));
    }

    [Fact]
    public void A_partitioner_of_the_applications_own_chooses_or_leaves_it_to_the_producer()
    {
        _cluster.AddTopic("t", 0, 0, 0);
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer(config => config with { CustomPartitioner = new ByFirstByte() });
            Assert.Equal(2, (await producer.ProduceAsync("t", "2", "v")).Partition);
            Assert.Equal(1, (await producer.ProduceAsync("t", "1", "v")).Partition);
            Assert.InRange((await producer.ProduceAsync("t", null, "v")).Partition, 0, 2);
            Assert.Equal(0, (await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", "2", "v") { Partition = 0 })).Partition);
            foreach (var wrong in new[] { "9", "-" })
            {
                var refused = await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", wrong, "v"));
                Assert.Equal(ErrorCode.UnknownTopicOrPartition, refused.Code);
            }
        });
    }

    [Fact]
    public void Metadata_of_a_topic_without_records_is_not_kept_and_comes_back_with_the_next_one()
    {
        _cluster.AddTopic("t", 0);
        _cluster.AddTopic("u", 0);
        _cluster.Loop.Run(async () =>
        {
            var producer = NewProducer(config => config with
            {
                MetadataMaxIdle = TimeSpan.FromSeconds(30),
                MetadataMaxAge = TimeSpan.FromSeconds(20),
                ConnectionsMaxIdle = TimeSpan.FromHours(1),
            });
            await producer.ProduceAsync("u", null, "v");
            for (var i = 0; i < 10; i++)
            {
                await producer.ProduceAsync("t", null, "v");
            }

            _producer = producer;
        });
        for (var i = 0; i < 10; i++)
        {
            _cluster.Time.AdvanceMs(10_000);
            _cluster.Loop.Run(async () => await _producer!.ProduceAsync("t", null, "v"));
        }

        Assert.Equal(["t"], LastMetadata());
        _cluster.Loop.InvokeAsyncOn(async () => await _producer!.ProduceAsync("u", null, "w"));
        _cluster.Time.AdvanceMs(1000);
        Assert.Equal(["v", "w"], _log.Values(new TopicPartition("u", 0)));
        Assert.Equal(["t", "u"], LastMetadata());

        string?[] LastMetadata() =>
            [.. _cluster.Requests.Select(sent => sent.Request).OfType<MetadataRequest>().Last().Topics!.Select(topic => topic.Name)];
    }

    private sealed class ByFirstByte : IPartitioner
    {
        public int Partition(string topic, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, int partitions) =>
            !hasKey ? -1 : key[0] == '-' ? -2 : key[0] - '0';
    }
}
