using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Producer;

public sealed class CorruptBatchTests
{
    private readonly FakeCluster _cluster = new(brokers: 1);
    private readonly FakeLog _log;

    public CorruptBatchTests() => _log = new FakeLog(_cluster);

    /// <summary>What came to the broker bent is sent to it again (Java's CorruptRecordException descends from RetriableException).</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_that_arrived_corrupt_is_sent_again(bool isIdempotent)
    {
        _cluster.AddTopic("t", 0);
        var refusals = 0;
        _log.Refusal = (_, _) => refusals++ == 0 ? ErrorCode.CorruptMessage : ErrorCode.None;
        var config = new ProducerConfig { BootstrapServers = _cluster.Bootstrap, EnableIdempotence = isIdempotent };
        var sent = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var producer = new KafkaProducer<string?, string?>(config, Serdes.String, Serdes.String, _cluster.Network);
            return await producer.ProduceAsync("t", null, "v");
        });
        _cluster.Time.AdvanceMs(1000);
        Assert.Equal(0, _cluster.Time.Await(sent).Offset);
        Assert.Equal(2, refusals);
        Assert.Equal(["v"], _log.Values(new TopicPartition("t", 0)));
    }
}
