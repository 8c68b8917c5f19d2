using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>Which fetcher has which partition while <c>num.replica.fetchers</c> changes.</summary>
public sealed class ReplicaFetcherManagerTests
{
    private const string Topic = "t";
    private const int Leader = 1;
    private const int Partitions = 12;

    private readonly ReplicaHarness _broker = new();
    private readonly List<SilentLeader> _opened = [];

    [Fact]
    public void Partitions_are_shared_out_again_over_another_number_of_fetchers()
    {
        var loops = Enumerable.Range(0, 3).Select(number => _broker.NewLoop($"fetcher-{number}")).ToArray();
        using var manager = new ReplicaFetcherManager(new FollowerEnvironment
        {
            Settings = new() { BrokerId = new BrokerId(0), InterBrokerProtocol = MetadataVersion.IBP_3_9_IV0 },
            Loops = count => loops[..count],
            Open = Open,
            BrokerEpoch = () => 1,
            Delayed = _broker.Replicas.Delayed,
            Logger = NullLogger.Instance,
        });
        manager.Follow(Followed());
        _broker.RunUntilIdle();
        Assert.Equal([Enumerable.Range(0, Partitions)], Shares(manager));

        manager.Resize(3);
        _broker.RunUntilIdle();

        // Kafka's choice: 31 * "t".hashCode + partition, which is 3596 + partition, modulo the fetchers.
        Assert.Equal([[1, 4, 7, 10], [2, 5, 8, 11], [0, 3, 6, 9]], Shares(manager));
        var running = _opened.Where(leader => !leader.IsDisposed).ToList();
        Assert.Equal([0, 1, 2], running.Select(leader => leader.Number).Order());
        Assert.Equal(3, running.Select(leader => leader.Loop).Distinct().Count());

        manager.Resize(1);
        _broker.RunUntilIdle();
        Assert.Equal([Enumerable.Range(0, Partitions)], Shares(manager));
        Assert.Equal(0, Assert.Single(_opened, leader => !leader.IsDisposed).Number);
    }

    private static IEnumerable<IEnumerable<int>> Shares(ReplicaFetcherManager manager) =>
        manager.Metrics.Select(fetcher => fetcher.Lags.Select(lag => lag.Partition.Partition));

    private SilentLeader Open(int leader, int number, Platform.IEventLoop loop)
    {
        Assert.Equal(Leader, leader);
        var opened = new SilentLeader(number, (ManualEventLoop)loop);
        _opened.Add(opened);
        return opened;
    }

    /// <summary>Replicas with logs; who leads them is said to the fetchers alone.</summary>
    private List<Following> Followed()
    {
        var id = new Uuid(1, 2);
        Assert.All(_broker.LeadAll(Topic, id, Partitions), error => Assert.Equal(ErrorCode.None, error));
        return
        [
            .. Enumerable.Range(0, Partitions).Select(number =>
                _broker.Replicas.TryGetOnline(new TopicPartition(Topic, number), out var partition)
                    ? new Following(partition, id, Leader, new LeaderEpoch(0))
                    : throw new InvalidOperationException($"There is no replica {number}.")),
        ];
    }

    /// <summary>A leader that never answers.</summary>
    private sealed class SilentLeader(int number, ManualEventLoop loop) : ILeaderEndpoint
    {
        public int Number => number;

        public ManualEventLoop Loop => loop;

        public bool IsDisposed { get; private set; }

        public Task FetchAsync(FetchRequest request, short version, Action<FetchResponse> received) =>
            new TaskCompletionSource().Task;

        public Task<OffsetForLeaderEpochResponse> EpochEndsAsync(OffsetForLeaderEpochRequest request, short version) =>
            new TaskCompletionSource<OffsetForLeaderEpochResponse>().Task;

        public Task<ListOffsetsResponse> OffsetsAsync(ListOffsetsRequest request, short version) =>
            new TaskCompletionSource<ListOffsetsResponse>().Task;

        public void Dispose() => IsDisposed = true;
    }
}
