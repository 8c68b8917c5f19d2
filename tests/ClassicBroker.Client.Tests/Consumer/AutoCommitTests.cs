using ClassicBroker.Client.Tests.Consumer.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>Automatic commits while the coordinator cannot take them.</summary>
public sealed class AutoCommitTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly List<(long Offset, ErrorCode Error)> _commits = [];
    private readonly FakeLog _log;
    private ErrorCode _error = ErrorCode.None;

    public AutoCommitTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
        _ = new FakeGroupCoordinator(_cluster);
        _cluster.Handle<OffsetCommitRequest, OffsetCommitResponse>((_, request) =>
        {
            _commits.Add((request.Topics[0].Partitions[0].CommittedOffset, _error));
            return new() { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, ErrorCode = _error }] }] };
        });
    }

    [Fact]
    public void A_position_that_could_not_be_committed_is_not_committed_behind_a_newer_one()
    {
        var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig
            {
                BootstrapServers = _cluster.Bootstrap,
                GroupId = "g",
                AutoOffsetReset = AutoOffsetReset.Earliest,
                AutoCommitInterval = TimeSpan.FromMilliseconds(200),
            },
            Serdes.String,
            Serdes.String,
            _cluster.Network);
        consumer.Assign([Zero]);
        _error = ErrorCode.CoordinatorLoadInProgress;
        for (var record = 0; record < 20; record++)
        {
            _log.Append(Zero, $"{record}");
            Poll(consumer);
        }

        _error = ErrorCode.None;
        for (var i = 0; i < 20; i++)
        {
            Poll(consumer);
        }

        var offsets = _commits.Select(commit => commit.Offset).ToList();
        Assert.Equal(offsets.Order(), offsets);
        Assert.Contains(_commits, commit => commit.Error != ErrorCode.None);
        Assert.Equal((20L, ErrorCode.None), _commits[^1]);
    }

    private void Poll(KafkaConsumer<string?, string?> consumer)
    {
        var polled = _cluster.Loop.InvokeAsyncOn(async () => await consumer.PollAsync(TimeSpan.FromMilliseconds(150)));
        _cluster.Time.AdvanceMs(200);
        _cluster.Time.Await(polled);
    }
}
