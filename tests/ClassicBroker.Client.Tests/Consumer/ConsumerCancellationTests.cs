using ClassicBroker.Client.Tests.Consumer.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>Calls about offsets end with their cancellation, and send nothing more.</summary>
public sealed class ConsumerCancellationTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();

    public ConsumerCancellationTests()
    {
        _ = new FakeLog(_cluster);
        _ = new FakeGroupCoordinator(_cluster);
        _cluster.AddTopic("t", 0);
        _cluster.Handle<OffsetCommitRequest, OffsetCommitResponse>((_, _) => new()
        {
            Topics = [new() { Name = "t", Partitions = [new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress }] }],
        });
        _cluster.Handle<OffsetFetchRequest, OffsetFetchResponse>((_, _) => new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress });
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => new()
        {
            Topics = [new() { Name = "t", Partitions = [new() { ErrorCode = ErrorCode.OffsetNotAvailable }] }],
        });
    }

    [Fact]
    public void A_commit_is_cancelled() => AssertEnds<OffsetCommitRequest>(
        (consumer, cancellation) => consumer.CommitAsync(new Dictionary<TopicPartition, OffsetAndMetadata> { [Zero] = new(1) }, cancellation));

    [Fact]
    public void A_question_for_what_was_committed_is_cancelled() => AssertEnds<OffsetFetchRequest>(
        (consumer, cancellation) => consumer.CommittedAsync([Zero], cancellation));

    [Fact]
    public void A_question_for_the_beginning_is_cancelled() => AssertEnds<ListOffsetsRequest>(
        (consumer, cancellation) => consumer.BeginningOffsetsAsync([Zero], cancellation));

    [Fact]
    public void A_question_for_the_end_is_cancelled() => AssertEnds<ListOffsetsRequest>(
        (consumer, cancellation) => consumer.EndOffsetsAsync([Zero], cancellation));

    [Fact]
    public void A_question_for_a_time_is_cancelled() => AssertEnds<ListOffsetsRequest>(
        (consumer, cancellation) => consumer.OffsetsForTimesAsync(new Dictionary<TopicPartition, long> { [Zero] = 1 }, cancellation));

    [Fact]
    public void A_question_for_partitions_is_cancelled()
    {
        var consumer = NewConsumer();
        using var cancelling = new CancellationTokenSource();
        var asked = _cluster.Loop.InvokeAsyncOn(async () => await consumer.PartitionsForAsync("absent", cancelling.Token));
        _cluster.Time.AdvanceMs(1000);
        Assert.False(asked.IsCompleted);
        cancelling.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _cluster.Time.Await(asked));
    }

    private KafkaConsumer<string?, string?> NewConsumer() => new(
        new ConsumerConfig { BootstrapServers = _cluster.Bootstrap, GroupId = "g" }, Serdes.String, Serdes.String, _cluster.Network);

    private void AssertEnds<TRequest>(Func<KafkaConsumer<string?, string?>, CancellationToken, Task> call)
    {
        var consumer = NewConsumer();
        using var cancelling = new CancellationTokenSource();
        var called = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await call(consumer, cancelling.Token);
            return true;
        });
        _cluster.Time.AdvanceMs(1000);
        Assert.False(called.IsCompleted);
        cancelling.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _cluster.Time.Await(called));
        var asked = _cluster.Requests.Count(entry => entry.Request is TRequest);
        Assert.True(asked > 1);
        _cluster.Time.AdvanceMs(10_000);
        Assert.Equal(asked, _cluster.Requests.Count(entry => entry.Request is TRequest));
    }
}
