using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>
/// The leader answers a fetch with the point where the logs part (KIP-595). The replicas have 5 records of epoch 0 and 3 of epoch 1, and
/// follow in epoch 2.
/// </summary>
public sealed class DivergingFetchTests : IDisposable
{
    private const string Topic = "t";
    private const int Leader = 1;
    private const int Parted = 0;
    private const int Other = 1;
    private const int LeaderEpoch = 2;
    private const long End = 8;

    private static readonly Uuid TopicId = new(1, 2);

    private readonly ReplicaHarness _broker = new();
    private readonly ReplicaFetcherManager _fetchers;
    private ScriptedLeader? _leader;

    public DivergingFetchTests()
    {
        foreach (var number in (int[])[Parted, Other])
        {
            Lead(number, leaderEpoch: 0, records: 5);
            Lead(number, leaderEpoch: 1, records: 3);
        }

        var loop = _broker.NewLoop("fetcher");
        _fetchers = new ReplicaFetcherManager(new FollowerEnvironment
        {
            Settings = new() { BrokerId = new BrokerId(0), InterBrokerProtocol = MetadataVersion.IBP_3_9_IV0 },
            Loops = _ => [loop],
            Open = (_, _, own) => _leader = new ScriptedLeader(own),
            BrokerEpoch = () => 1,
            Delayed = _broker.Replicas.Delayed,
            Logger = NullLogger.Instance,
        });
        _fetchers.Follow([Appoint(Parted, LeaderEpoch), Appoint(Other, LeaderEpoch)]);
        _broker.RunUntilIdle();
        Assert.Equal([(Parted, End, 1), (Other, End, 1)], Asked());
    }

    public void Dispose() => _fetchers.Dispose();

    /// <summary>The smaller of the two ends of the epoch counts; where the leader has less, its own.</summary>
    [Theory]
    [InlineData(1, 6, 6, 1)]
    [InlineData(0, 3, 3, 0)]
    [InlineData(0, 7, 5, 0)]
    public void A_follower_is_cut_where_the_epoch_ended_and_goes_on_from_there(int epoch, long endOffset, long expected, int lastEpoch)
    {
        Answer(number => number == Parted ? Diverging(epoch, endOffset) : new());

        Assert.Equal((expected, End), (Log(Parted).LogEndOffset, Log(Other).LogEndOffset));
        Assert.Equal([(Parted, expected, lastEpoch), (Other, End, 1)], Asked());
    }

    /// <summary>It counts records in whose place this replica may still have others (KAFKA-14704).</summary>
    [Fact]
    public void The_offsets_beside_a_divergence_are_not_adopted()
    {
        Answer(number => number == Parted ? Diverging(1, 6, highWatermark: 7, logStart: 2) : new());
        Assert.Equal((6, 0, 0), (Log(Parted).LogEndOffset, Log(Parted).HighWatermark, Log(Parted).LogStartOffset));

        Answer(number => number == Parted ? new() { HighWatermark = 7, LogStartOffset = 2 } : new());
        Assert.Equal((6, 6, 2), (Log(Parted).LogEndOffset, Log(Parted).HighWatermark, Log(Parted).LogStartOffset));
    }

    /// <summary>In Kafka such an answer has ended the fetcher with all its partitions (KAFKA-13207).</summary>
    [Fact]
    public void An_answer_for_a_partition_that_was_removed_meanwhile_cuts_nothing()
    {
        _fetchers.Unfollow([Partition(Parted)]);
        Answer(_ => Diverging(1, 6));

        Assert.Equal((End, 6), (Log(Parted).LogEndOffset, Log(Other).LogEndOffset));
        Assert.Equal([(Other, 6, 1)], Asked());
    }

    [Fact]
    public void An_answer_of_an_earlier_epoch_than_the_partition_is_followed_in_cuts_nothing()
    {
        _fetchers.Follow([Appoint(Parted, LeaderEpoch + 1)]);
        Answer(_ => Diverging(1, 6));

        Assert.Equal((End, 6), (Log(Parted).LogEndOffset, Log(Other).LogEndOffset));
        Assert.Equal([(Parted, End, 1), (Other, 6, 1)], Asked());
        Answer(number => number == Parted ? Diverging(1, 7) : new());
        Assert.Equal((7, 6), (Log(Parted).LogEndOffset, Log(Other).LogEndOffset));
    }

    private static TopicPartition Partition(int number) => new(Topic, number);

    private static FetchResponse.PartitionData Diverging(int epoch, long endOffset, long highWatermark = 0, long logStart = 0) =>
        new()
        {
            DivergingEpoch = new() { Epoch = epoch, EndOffset = endOffset },
            HighWatermark = highWatermark,
            LogStartOffset = logStart,
        };

    private void Lead(int number, int leaderEpoch, int records)
    {
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition(number), TopicId, leaderEpoch, isNew: leaderEpoch == 0, Leader));
        for (var i = 0; i < records; i++)
        {
            Assert.Equal(ErrorCode.None, _broker.Append(Partition(number)).Error);
        }
    }

    /// <summary>The controller has broker 1 lead, and this one follow it.</summary>
    private Following Appoint(int number, int leaderEpoch)
    {
        Assert.Equal(ErrorCode.None, _broker.Follow(Leader, Partition(number), TopicId, leaderEpoch, isNew: false));
        return _broker.Replicas.TryGetOnline(Partition(number), out var replica)
            ? new Following(replica, TopicId, Leader, new LeaderEpoch(leaderEpoch))
            : throw new InvalidOperationException($"There is no replica {number}.");
    }

    private void Answer(Func<int, FetchResponse.PartitionData> answerOf)
    {
        _leader!.Answer(answerOf);
        _broker.RunUntilIdle();
    }

    /// <summary>Partitions of the fetch that waits now, with the offset asked for and the epoch of the record before it.</summary>
    private IEnumerable<(int Partition, long Offset, int LastEpoch)> Asked() => _leader!.Waiting.Topics
        .SelectMany(topic => topic.Partitions)
        .Select(asked => (asked.Partition, asked.FetchOffset, asked.LastFetchedEpoch))
        .Order();

    private PartitionLog Log(int number) => _broker.Logs.Find(Partition(number))!;
}
