using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>A replica that lost committed records follows a leader that the cluster chose without them.</summary>
public sealed class SuspectReplicaTests : IDisposable
{
    private const int Leader = 1;
    private const int LeaderEpoch = 2;
    private const long Kept = 5;

    private static readonly TopicPartition Partition = new("t", 0);
    private static readonly Uuid TopicId = new(1, 2);

    private readonly ReplicaHarness _broker = new();
    private readonly ReplicaFetcherManager _fetchers;
    private readonly PartitionLog _log;
    private IdleLeader? _leader;

    public SuspectReplicaTests()
    {
        _broker.Lead(Partition, TopicId, others: Leader);
        AppendFive();
        _broker.Logs.Find(Partition)!.Flush();
        AppendFive();
        _broker.Logs.Find(Partition)!.UpdateHighWatermark(2 * Kept);
        _broker.Logs.CheckpointAll();
        _broker.Crash();
        _log = _broker.Logs.Find(Partition)!;
        Assert.Equal((true, Kept), (_log.IsSuspect, _log.LogEndOffset));
        Assert.Equal(ErrorCode.None, _broker.Follow(Leader, Partition, TopicId, LeaderEpoch, isNew: false));
        var loop = _broker.NewLoop("fetcher");
        _fetchers = new ReplicaFetcherManager(new FollowerEnvironment
        {
            Settings = new() { BrokerId = new BrokerId(0), InterBrokerProtocol = MetadataVersion.IBP_3_9_IV0 },
            Loops = _ => [loop],
            Open = (_, _, own) => _leader = new IdleLeader(own),
            BrokerEpoch = () => 1,
            Delayed = _broker.Replicas.Delayed,
            Logger = NullLogger.Instance,
        });
        Assert.True(_broker.Replicas.TryGetOnline(Partition, out var replica));
        _fetchers.Follow([new Following(replica, TopicId, Leader, new(LeaderEpoch))]);
        _broker.RunUntilIdle();
    }

    public void Dispose() => _fetchers.Dispose();

    [Fact]
    public void It_may_lead_once_it_has_all_the_leader_began_with_though_that_leader_has_appended_nothing()
    {
        Answer(highWatermark: Kept);
        Assert.True(_log.IsSuspect, "where the leader began is not known yet");
        Answer(highWatermark: Kept);

        Assert.False(_log.IsSuspect);
        Assert.Equal([LeaderEpoch - 1], _leader!.Asked);
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, TopicId, LeaderEpoch + 1, isNew: false, Leader));
    }

    [Fact]
    public void It_must_not_while_the_leader_may_have_more_that_is_committed()
    {
        Answer(highWatermark: Kept - 1);
        _leader!.EpochStart = Kept;
        Answer(highWatermark: Kept - 1);

        Assert.True(_log.IsSuspect);
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Lead(Partition, TopicId, LeaderEpoch + 1, isNew: false, Leader));
    }

    private void AppendFive()
    {
        for (var i = 0; i < Kept; i++)
        {
            _broker.Append(Partition);
        }
    }

    private void Answer(long highWatermark)
    {
        _leader!.Answer(highWatermark);
        _broker.RunUntilIdle();
    }

    /// <summary>Has appended nothing in its epoch; answers fetches when the test says so.</summary>
    private sealed class IdleLeader(IEventLoop loop) : ILeaderEndpoint
    {
        private Action<FetchResponse>? _received;
        private TaskCompletionSource? _answered;

        public long EpochStart { get; set; } = Kept;

        /// <summary>Epochs whose end was asked for.</summary>
        public List<int> Asked { get; } = [];

        public Task FetchAsync(FetchRequest request, short version, Action<FetchResponse> received)
        {
            (_received, _answered) = (received, new TaskCompletionSource());
            return _answered.Task;
        }

        public void Answer(long highWatermark) => loop.Execute(() =>
        {
            var answered = _answered!;
            _received!(new FetchResponse
            {
                Responses =
                [
                    new() { Topic = Partition.Topic, TopicId = TopicId, Partitions = [new() { HighWatermark = highWatermark }] },
                ],
            });
            answered.SetResult();
        });

        public Task<OffsetForLeaderEpochResponse> EpochEndsAsync(OffsetForLeaderEpochRequest request, short version)
        {
            Asked.AddRange(request.Topics.SelectMany(topic => topic.Partitions).Select(asked => asked.LeaderEpoch));
            return Task.FromResult(new OffsetForLeaderEpochResponse
            {
                Topics = [new() { Topic = Partition.Topic, Partitions = [new() { LeaderEpoch = 0, EndOffset = EpochStart }] }],
            });
        }

        public Task<ListOffsetsResponse> OffsetsAsync(ListOffsetsRequest request, short version) =>
            throw new InvalidOperationException("No offset is out of range.");

        public void Dispose()
        {
        }
    }
}
