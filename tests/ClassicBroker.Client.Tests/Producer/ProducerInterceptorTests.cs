using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Producer;

/// <summary>Interceptors of a producer, and what its failures tell.</summary>
public sealed class ProducerInterceptorTests
{
    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;
    private readonly List<string> _events = [];

    public ProducerInterceptorTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
    }

    private KafkaProducer<string?, string?> NewProducer(params IProducerInterceptor<string?, string?>[] interceptors) => new(
        new ProducerConfig { BootstrapServers = _cluster.Bootstrap }, Serdes.String, Serdes.String, _cluster.Network, interceptors: interceptors);

    [Fact]
    public void Interceptors_change_records_in_their_order_and_hear_of_every_outcome()
    {
        _log.Refusal = (_, batch) => batch.BaseSequence == 2 ? ErrorCode.InvalidRecord : ErrorCode.None;
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer(new Marking("1", _events), new Throwing(), new Marking("2", _events));
            await producer.ProduceAsync("t", null, "a");
            await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, "b"));
            await producer.FlushAsync();
            await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", null, "c"));
            await Assert.ThrowsAsync<KafkaException>(
                async () => await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", null, "d") { Partition = 7 }));
        });
        Assert.Equal(["a12", "b12"], _log.Values(new TopicPartition("t", 0)));
        Assert.Equal(
            ["1 t-0@0", "2 t-0@0", "1 t-0@1", "2 t-0@1", "1 t--1@-1 InvalidRecord", "2 t--1@-1 InvalidRecord", "1 t-7@-1 UnknownTopicOrPartition", "2 t-7@-1 UnknownTopicOrPartition"],
            _events);
    }

    [Fact]
    public void A_record_that_is_refused_names_broker_address_api_and_partition()
    {
        _log.Refusal = (_, _) => ErrorCode.InvalidRecord;
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            var failure = await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", null, "v"));
            Assert.Equal(
                (ErrorCode.InvalidRecord, 0, "broker:9092", "Produce", new TopicPartition("t", 0)),
                (failure.Code, failure.BrokerId, failure.BrokerAddress, failure.Api, failure.TopicPartition));
        });
    }

    private sealed class Marking(string mark, List<string> events) : IProducerInterceptor<string?, string?>
    {
        public ProducerRecord<string?, string?> OnSend(ProducerRecord<string?, string?> record) =>
            record with { Value = record.Value + mark };

        public void OnAcknowledgement(in RecordMetadata metadata, Exception? failure) =>
            events.Add($"{mark} {metadata}{(failure is KafkaException refused ? $" {refused.Code}" : "")}");
    }

    private sealed class Throwing : IProducerInterceptor<string?, string?>
    {
        public ProducerRecord<string?, string?> OnSend(ProducerRecord<string?, string?> record) => throw new FormatException();

        public void OnAcknowledgement(in RecordMetadata metadata, Exception? failure) => throw new FormatException();
    }
}
