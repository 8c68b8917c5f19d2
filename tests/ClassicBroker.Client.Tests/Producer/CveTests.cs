using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer;

/// <summary>Weaknesses that Java's producer once had, by number.</summary>
public sealed class CveTests
{
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(2);

    private readonly FakeCluster _cluster = new(brokers: 2);

    /// <summary>
    /// There a batch whose time was up gave its memory to the next one while a request with it was still on its way, and records of one topic
    /// arrived in another.
    /// </summary>
    [Fact]
    public void Cve_2026_35554_Bytes_that_are_still_on_their_way_never_become_those_of_another_topic()
    {
        _cluster.AddTopic("first", 0);
        _cluster.AddTopic("second", 1);
        var log = new FakeLog(_cluster);
        var serve = _cluster.Handler<ProduceRequest, ProduceResponse>();
        var network = new TaskCompletionSource<ProduceResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        (ProduceRequest Request, byte[] Bytes)? sent = null;
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>((broker, request) =>
        {
            if (request.TopicData[0].Name != "first")
            {
                return serve(broker, request);
            }

            sent ??= (request, BytesOf(request));
            return network.Task;
        });
        var work = _cluster.Loop.InvokeAsync(async () =>
        {
            var producer = new KafkaProducer<string?, string?>(
                new ProducerConfig
                {
                    BootstrapServers = _cluster.Bootstrap,
                    DeliveryTimeout = DeliveryTimeout,
                    RequestTimeout = DeliveryTimeout,
                    Linger = TimeSpan.Zero,
                    BatchSize = 1024,
                    BufferMemory = 64 * 1024,
                },
                Serdes.String,
                Serdes.String,
                _cluster.Network);
            var late = producer.ProduceAsync("first", null, new string('1', 500)).AsTask();
            await _cluster.Loop.DelayAsync(TimeSpan.Zero);
            for (var i = 0; i < 500; i++)
            {
                await producer.ProduceAsync("second", null, new string('2', 500));
                await _cluster.Loop.DelayAsync(DeliveryTimeout / 100);
            }

            Assert.Equal(sent!.Value.Bytes, BytesOf(sent.Value.Request));
            network.SetResult(new ProduceResponse { Responses = [] });
            await Assert.ThrowsAnyAsync<KafkaException>(() => late);
            await producer.DisposeAsync();
        });
        _cluster.Time.Advance(10 * DeliveryTimeout);
        _cluster.Time.Await(work);
        Assert.All(log.Values(new TopicPartition("second", 0)), value => Assert.Equal(new string('2', 500), value));
        Assert.Equal(500, log.Values(new TopicPartition("second", 0)).Count);
    }

    private static byte[] BytesOf(ProduceRequest request) => request.TopicData[0].PartitionData[0].Records.Memory.ToArray();
}
