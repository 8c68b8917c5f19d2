using System.Text;
using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Tests.Replicas;

/// <summary><c>kafka-replica-verification</c> against two replicas whose answers the tests give.</summary>
public sealed class ReplicaVerificationCommandTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly List<(int Broker, long Offset)> _reads = [];

    public ReplicaVerificationCommandTests()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, request) =>
        {
            var response = _cluster.Metadata(request);
            foreach (var partition in response.Topics.SelectMany(topic => topic.Partitions))
            {
                partition.ReplicaNodes = [0, 1];
            }

            return response;
        });
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => new()
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 0, Timestamp = -1 }] }],
        });
    }

    [Fact]
    public void What_a_replica_cannot_show_is_compared_once_it_can_and_another_offset_ends_the_tool()
    {
        Answer((broker, reads) => broker == 1 && reads <= 2 ? Refused() : Records(broker == 0 ? Batch(0, 1) : Batch(0, 2)));
        var run = Run("--time", "-2");
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith(": partition t-0: replica 0's offset 0 doesn't match replica 1's offset 1\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, _reads.Count(read => read.Broker == 1));
        Assert.All(_reads, read => Assert.Equal(0, read.Offset));
    }

    [Fact]
    public void What_a_broker_does_not_answer_is_compared_once_it_does()
    {
        Answer((broker, reads) => broker == 1 && reads <= 1 ? throw new Client.KafkaException(ErrorCode.NotController) : Records(broker == 0 ? Batch(0, 1) : Batch(0, 2)));
        Assert.Equal(1, Run("--time", "-2").ExitCode);
        Assert.All(_reads, read => Assert.Equal(0, read.Offset));
    }

    [Fact]
    public void The_lag_of_what_is_held_back_is_told()
    {
        Answer((broker, reads) => broker == 1 && reads <= 2 ? Refused() : Records(broker == 0 ? Batch(0, 1) : Batch(0, 2)));
        Assert.Contains(
            ": max lag is 5 for partition t-0 at offset 0 among 1 partitions\n", Run("--report-interval-ms", "0").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_stands_in_the_exception_of_a_future()
    {
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, request) =>
        {
            var response = _cluster.Metadata(request);
            response.Topics.ToList().ForEach(topic => topic.ErrorCode = ErrorCode.TopicAuthorizationFailed);
            return response;
        });
        var run = Run();
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("org.apache.kafka.common.errors.TopicAuthorizationException: ", run.Error.Split('\n')[1], StringComparison.Ordinal);
        Assert.StartsWith("java.util.concurrent.ExecutionException: ", run.Error.Split('\n')[2], StringComparison.Ordinal);
    }

    private static FetchResponse.PartitionData Refused() =>
        new() { ErrorCode = ErrorCode.KafkaStorageError, HighWatermark = -1, Records = Array.Empty<byte>() };

    private static FetchResponse.PartitionData Records(byte[] batch) => new() { HighWatermark = 5, Records = batch };

    private static byte[] Batch(long offset, int count)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = offset };
        for (var record = 0; record < count; record++)
        {
            builder.Append(1_000, null, Encoding.UTF8.GetBytes("a"));
        }

        return builder.Build().ToArray();
    }

    /// <param name="answer">From the broker, and how often it was read.</param>
    private void Answer(Func<int, int, FetchResponse.PartitionData> answer) => _cluster.HandleAsync<FetchRequest, FetchResponse>(async (broker, request) =>
    {
        await Task.Delay(TimeSpan.FromSeconds(1), _cluster.Time);
        _reads.Add((broker, request.Topics[0].Partitions[0].FetchOffset));
        return new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [answer(broker, _reads.Count(read => read.Broker == broker))] }],
        };
    });

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-replica-verification", "--broker-list", _cluster.Bootstrap, .. words]);
}
