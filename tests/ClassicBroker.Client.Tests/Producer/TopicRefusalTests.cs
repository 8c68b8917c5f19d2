using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer;

/// <summary>Refusals of a topic by metadata that pass.</summary>
public sealed class TopicRefusalTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);

    public TopicRefusalTests() => _ = new FakeLog(_cluster);

    /// <summary>A broker that has just started knows neither the topic nor the other brokers it would create it on.</summary>
    [Theory]
    [InlineData(ErrorCode.InvalidReplicationFactor)]
    [InlineData(ErrorCode.UnknownServerError)]
    public void A_broker_that_takes_the_topic_for_a_new_one_is_asked_again(ErrorCode error)
    {
        _cluster.AddTopic("t", 0);
        var isNew = true;
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, request) =>
        {
            var answer = _cluster.Metadata(request);
            if (isNew)
            {
                answer.Topics = [new() { Name = "t", ErrorCode = error }];
            }

            isNew = false;
            return answer;
        });
        var producer = new KafkaProducer<string?, string?>(
            new ProducerConfig { BootstrapServers = _cluster.Bootstrap }, Serdes.String, Serdes.String, _cluster.Network);
        var written = _cluster.Loop.InvokeAsyncOn(async () => await producer.ProduceAsync("t", null, "v"));
        _cluster.Time.AdvanceMs(1000);
        Assert.Equal(0, _cluster.Time.Await(written).Offset);
    }
}
