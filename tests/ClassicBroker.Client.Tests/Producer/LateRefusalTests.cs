using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer;

/// <summary>
/// A leader that is replaced refuses at last a batch that it had appended and replicated, while its successor has acknowledged later ones.
/// </summary>
public sealed class LateRefusalTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new(brokers: 1);
    private readonly FakeLog _log;
    private readonly TaskCompletionSource _replaced = new();
    private readonly KafkaProducer<string?, string?> _producer;
    private int _requests;

    public LateRefusalTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
        var append = _cluster.Handler<ProduceRequest, ProduceResponse>();
        _cluster.HandleAsync<ProduceRequest, ProduceResponse>(async (broker, request) =>
        {
            var isFirst = _requests++ == 0;
            var answer = await append(broker, request);
            if (isFirst)
            {
                await _replaced.Task;
                answer.Responses[0].PartitionResponses[0].ErrorCode = ErrorCode.NotLeaderOrFollower;
            }

            return answer;
        });
        _producer = new(new ProducerConfig { BootstrapServers = _cluster.Bootstrap }, Serdes.String, Serdes.String, _cluster.Network);
    }

    private Task<RecordMetadata> Send(string value)
    {
        var sent = _cluster.Loop.InvokeAsyncOn(async () => await _producer.ProduceAsync("t", null, value));
        _cluster.Time.AdvanceMs(50);
        return sent;
    }

    /// <summary>
    /// Brokers remember five batches of a producer. Once they have a sixth, they refuse the first as out of order each time it is sent again.
    /// </summary>
    [Fact]
    public void No_more_follow_a_batch_without_an_answer_than_the_broker_remembers()
    {
        var first = Send("0");
        Assert.All(Enumerable.Range(1, 4), number => Assert.Equal(number, Send($"{number}").Result.Offset));
        var sixth = Send("5");
        Assert.Equal((5, false), (_requests, sixth.IsCompleted));

        _replaced.SetResult();
        _cluster.Time.AdvanceMs(1000);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.Equal(5, sixth.Result.Offset);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], _log.Values(Zero));
    }

    /// <summary>A broker that remembers the last batch only, as Kafka's after a restart, says so of one that it has.</summary>
    [Fact]
    public void A_batch_is_written_that_is_out_of_order_because_a_later_one_is_acknowledged()
    {
        var first = Send("0");
        Assert.Equal(1, Send("1").Result.Offset);
        _log.Refusal = (_, batch) => batch.BaseSequence == 0 ? ErrorCode.OutOfOrderSequenceNumber : ErrorCode.None;

        _replaced.SetResult();
        _cluster.Time.AdvanceMs(1000);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.Equal(-1, first.Result.Offset);
        Assert.Equal(2, Send("2").Result.Offset);
        Assert.Equal(["0", "1", "2"], _log.Values(Zero));
    }
}
