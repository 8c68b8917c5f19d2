using System.Diagnostics;
using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc.Tracing;

namespace ClassicBroker.Rpc.Tests.Tracing;

/// <summary>Requests as Activities, and the contexts of W3C that records bring along.</summary>
public sealed class RequestActivitiesTests : IDisposable
{
    private const string First = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string Second = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly RequestActivities _activities = new();
    private readonly List<Activity> _ended = [];

    public void Dispose() => _activities.Dispose();

    private ActivityListener Listen()
    {
        // Other tests of the assembly may run requests meanwhile: only those of this test's client are looked at.
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RequestActivities.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (_ended)
                {
                    _ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private BrokerEnd Broker(ErrorCode error = ErrorCode.None) => new(
        new RequestSteps { Activities = _activities },
        new StubHandler<ProduceRequest, ProduceResponse>((_, _) => new(new ProduceResponse
        {
            Responses = [new() { Name = "t", PartitionResponses = [new() { ErrorCode = error }] }],
        })));

    private static ProduceRequest Produce(params byte[][] partitions) => new()
    {
        Acks = 1,
        TopicData = [new() { Name = "t", PartitionData = [.. partitions.Select((records, index) => new ProduceRequest.PartitionProduceData { Index = index, Records = records })] }],
    };

    private static byte[] Batch(string? parent, CompressionCodec codec = CompressionCodec.None)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        builder.Append(0, default, "v"u8, parent is null ? [] : [new RecordHeader("traceparent", Encoding.ASCII.GetBytes(parent))]);
        return builder.Build().ToArray();
    }

    private Activity Send(ProduceRequest request, ErrorCode error = ErrorCode.None)
    {
        using var listener = Listen();
        using var broker = Broker(error);
        broker.Send(request, 9, 41);
        broker.TakeAnswered();
        lock (_ended)
        {
            return Assert.Single(_ended, activity => Equals(activity.GetTagItem("kafka.correlation_id"), 41));
        }
    }

    [Fact]
    public void A_request_is_an_activity_with_what_is_known_of_it()
    {
        var activity = Send(Produce(Batch(null)));
        Assert.Equal(("Produce t", ActivityKind.Server, default(ActivitySpanId)), (activity.DisplayName, activity.Kind, activity.ParentSpanId));
        Assert.Equal("Produce", activity.GetTagItem("kafka.api.name"));
        Assert.Equal(9, activity.GetTagItem("kafka.api.version"));
        Assert.Equal("test", activity.GetTagItem("messaging.client.id"));
        Assert.Equal("PLAINTEXT", activity.GetTagItem("kafka.listener"));
        Assert.Equal(ActivityStatusCode.Unset, activity.Status);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    public void The_context_of_a_record_is_the_parent(CompressionCodec codec)
    {
        var activity = Send(Produce(Batch(First, codec), Batch(First, codec)));
        Assert.Equal(First[3..35], activity.TraceId.ToHexString());
        Assert.Equal(First[36..52], activity.ParentSpanId.ToHexString());
        Assert.Empty(activity.Links);
    }

    [Fact]
    public void Several_contexts_are_links()
    {
        var activity = Send(Produce(Batch(First), Batch(Second)));
        Assert.Equal(default, activity.ParentSpanId);
        Assert.Equal([First[3..35], Second[3..35]], activity.Links.Select(link => link.Context.TraceId.ToHexString()));
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("nonsense")]
    public void A_context_that_is_none_is_passed_over(string parent) =>
        Assert.Equal(default, Send(Produce(Batch(parent))).ParentSpanId);

    [Fact]
    public void Records_that_are_none_are_the_handlers_matter() => Assert.Equal(default, Send(Produce([1, 2, 3])).ParentSpanId);

    [Fact]
    public void An_error_code_of_the_answer_is_the_status()
    {
        var activity = Send(Produce(Batch(null)), ErrorCode.NotEnoughReplicas);
        Assert.Equal((ActivityStatusCode.Error, "NOT_ENOUGH_REPLICAS"), (activity.Status, activity.GetTagItem("error.type")));
    }

    [Fact]
    public void Nothing_is_made_where_no_one_listens()
    {
        using var broker = Broker();
        broker.Send(Produce(Batch(First)), 9, 42);
        Assert.Equal([42], broker.TakeAnswered());
        Assert.Null(Activity.Current);
    }
}
