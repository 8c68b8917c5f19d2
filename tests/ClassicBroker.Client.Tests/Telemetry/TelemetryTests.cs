using System.Diagnostics;
using System.Text;
using ClassicBroker.Client.Telemetry;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests.Telemetry;

/// <summary>Metrics and traces as OpenTelemetry's conventions for messaging name them, and their price while there is no listener.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class TelemetryTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;

    public TelemetryTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
    }

    private KafkaProducer<string?, string?> NewProducer() => new(
        new ProducerConfig { BootstrapServers = _cluster.Bootstrap, ClientId = "p" }, Serdes.String, Serdes.String, _cluster.Network);

    private KafkaConsumer<string?, string?> NewConsumer() => new(
        new ConsumerConfig { BootstrapServers = _cluster.Bootstrap, ClientId = "c", AutoOffsetReset = AutoOffsetReset.Earliest },
        Serdes.String,
        Serdes.String,
        _cluster.Network);

    private async Task<IReadOnlyList<ConsumerRecord<string?, string?>>> PollAsync(KafkaConsumer<string?, string?> consumer)
    {
        consumer.Assign([Zero]);
        return await consumer.PollAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Batches_are_counted_and_timed_by_topic_partition_and_broker()
    {
        using var listener = new TelemetryListener();
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            await producer.ProduceAsync("t", "k", "v");
        });
        Assert.Contains(
            "messaging.client.sent.messages 1 {operation.name=send operation.type=send destination.name=t destination.partition.id=0 client.id=p}",
            listener.Measurements);
        Assert.Contains(
            "messaging.client.operation.duration 0 {operation.name=send operation.type=send destination.name=t destination.partition.id=0 "
                + "client.id=p server.address=broker server.port=9092}",
            listener.Measurements);
    }

    [Fact]
    public void A_refusal_is_counted_under_its_error_and_fails_its_span()
    {
        using var listener = new TelemetryListener();
        _log.Refusal = (_, _) => ErrorCode.TopicAuthorizationFailed;
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            await Assert.ThrowsAsync<KafkaException>(async () => await producer.ProduceAsync("t", "k", "v"));
        });
        Assert.Contains(listener.Measurements, text => text.StartsWith("messaging.client.sent.messages 1 ", StringComparison.Ordinal)
            && text.Contains("error.type=TopicAuthorizationFailed", StringComparison.Ordinal));
        var span = Assert.Single(listener.Spans, span => span.OperationName == "send t");
        Assert.Equal((ActivityStatusCode.Error, "TopicAuthorizationFailed"), (span.Status, span.GetTagItem("error.type")));
    }

    [Fact]
    public void A_record_carries_the_context_of_the_span_that_sent_it_and_a_poll_links_to_it()
    {
        using var listener = new TelemetryListener();
        using var request = new Activity("request").Start();
        request.TraceStateString = "vendor=1";
        IReadOnlyList<ConsumerRecord<string?, string?>> records = [];
        _cluster.Loop.Run(async () =>
        {
            await using (var producer = NewProducer())
            {
                await producer.ProduceAsync(new ProducerRecord<string?, string?>("t", "k", "v") { Headers = [new("own", "1"u8.ToArray())] });
            }

            await using var consumer = NewConsumer();
            records = await PollAsync(consumer);
        });
        var send = Assert.Single(listener.Spans, span => span.OperationName == "send t");
        Assert.Equal((request.TraceId, request.SpanId, ActivityKind.Producer), (send.TraceId, send.ParentSpanId, send.Kind));
        Assert.Equal(("0", 0L, "k"), (
            send.GetTagItem("messaging.destination.partition.id"),
            send.GetTagItem("messaging.kafka.offset"),
            send.GetTagItem("messaging.kafka.message.key")));
        Assert.Equal(["own", "traceparent", "tracestate"], records[0].Headers.Select(header => header.Key).Order());
        Assert.Equal(send.Id, Header(records[0], "traceparent"));
        Assert.Equal("vendor=1", Header(records[0], "tracestate"));
        var poll = Assert.Single(listener.Spans, span => span.OperationName == "poll t");
        Assert.Equal((send.TraceId, send.SpanId), (Assert.Single(poll.Links).Context.TraceId, Assert.Single(poll.Links).Context.SpanId));
        Assert.Equal((ActivityKind.Client, 1), (poll.Kind, poll.GetTagItem("messaging.batch.message_count")));
    }

    [Fact]
    public void The_span_of_a_record_that_is_handed_over_ends_with_its_delivery()
    {
        using var listener = new TelemetryListener();
        var handler = new CountingHandler();
        _cluster.Loop.Run(async () =>
        {
            await using var producer = NewProducer();
            await producer.SendAsync(new ProducerRecord<string?, string?>("t", null, null), handler);
            Assert.DoesNotContain(listener.Spans, span => span.OperationName == "send t");
            await producer.FlushAsync();
        });
        Assert.Equal(1, handler.Delivered);
        Assert.Equal(true, Assert.Single(listener.Spans, span => span.OperationName == "send t").GetTagItem("messaging.kafka.message.tombstone"));
    }

    [Fact]
    public void Records_are_counted_as_they_are_handed_out_and_lag_is_what_is_left()
    {
        _log.Append(Zero, "a", "b", "c");
        using var listener = new TelemetryListener();
        _cluster.Loop.Run(async () =>
        {
            await using var consumer = new KafkaConsumer<string?, string?>(
                new ConsumerConfig { BootstrapServers = _cluster.Bootstrap, ClientId = "lagging", AutoOffsetReset = AutoOffsetReset.Earliest, MaxPollRecords = 2 },
                Serdes.String,
                Serdes.String,
                _cluster.Network);
            Assert.Equal(2, (await PollAsync(consumer)).Count);
            listener.ReadGauges();
        });
        Assert.Contains(
            "messaging.client.consumed.messages 2 {operation.name=poll operation.type=receive destination.name=t destination.partition.id=0 client.id=lagging}",
            listener.Measurements);
        Assert.Contains("messaging.kafka.consumer.lag 1 {destination.name=t destination.partition.id=0 client.id=lagging}", listener.Measurements);
        listener.Measurements.Clear();
        listener.ReadGauges();
        Assert.DoesNotContain(listener.Measurements, text => text.Contains("client.id=lagging", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_listener_nothing_is_allocated_and_no_header_is_written()
    {
        IReadOnlyList<ConsumerRecord<string?, string?>> records = [];
        _cluster.Loop.Run(async () =>
        {
            await using (var producer = NewProducer())
            {
                await producer.ProduceAsync("t", "k", "v");
            }

            await using var consumer = NewConsumer();
            records = await PollAsync(consumer);
        });
        Assert.Empty(records[0].Headers);
        Assert.False(ConsumerTelemetry.IsOn);
        var record = records[0];
        Assert.Null(KafkaTelemetry.StartProcessing(record));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            KafkaTelemetry.StartProcessing(record, "g");
            KafkaTelemetry.Processed("t", "g", TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Header(in ConsumerRecord<string?, string?> record, string key) =>
        Encoding.UTF8.GetString(record.Headers.Single(header => header.Key == key).Value!.Value.Span);

    private sealed class CountingHandler : IDeliveryHandler
    {
        public int Delivered { get; private set; }

        public void OnDelivered(long tag, in RecordMetadata metadata) => Delivered++;

        public void OnFailed(long tag, KafkaException failure)
        {
        }
    }
}
