using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.State;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Coordinator.Tests;

/// <summary>
/// Broker 0 with a replica of partition 0 of a coordinator's topic, over a real log on a simulated disk and a clock that stands still, and
/// what a controller and other replicas ask of it. Threading: the test's thread.
/// </summary>
internal abstract class CoordinatingBroker : IClusterView, IIsrChanges, ILeadershipListener
{
    private readonly TopicPartition _coordinated;
    private readonly ReplicaStateChanges _changes;
    private int _controllerEpoch = 1;

    protected CoordinatingBroker(TopicPartition coordinated)
    {
        _coordinated = coordinated;
        var scheduler = Time.CreateLoop("scheduler");
        Network = Time.CreateLoop("network");
        Files = new SimulatedFileSystem(Time, new SeededRandomSource(1));
        var config = new LogConfig { SegmentIndexBytes = 1 << 16 };
        var environment = new StorageEnvironment
        {
            Files = Files,
            Timers = scheduler,
            DiskWork = scheduler,
            Time = Time,
            Random = new SeededRandomSource(2),
            Loggers = NullLoggerFactory.Instance,
            DirectoryFailed = (directory, _) => Replicas!.TakeOffline(directory),
        };
        var logs = scheduler.Run(() => LogStore.OpenAsync(
            new LogStoreSettings { Directories = ["/one"] }, environment, [scheduler], _ => config));
        Replicas = new ReplicaManager(
            new ReplicationSettings { BrokerId = new BrokerId(0) }, logs, this, this, scheduler, NullLogger<ReplicaManager>.Instance)
        {
            LeadershipListener = this,
        };
        _changes = new ReplicaStateChanges(Replicas, _ => config, NullLogger.Instance);
        Appends = new LeaderAppender(Replicas, NullLogger<LeaderAppender>.Instance);
    }

    public ManualTime Time { get; } = new();

    public SimulatedFileSystem Files { get; }

    public ReplicaManager Replicas { get; }

    public LeaderAppender Appends { get; }

    /// <summary>Where requests come in.</summary>
    protected ManualEventLoop Network { get; }

    public bool Contains(TopicPartition partition) => true;

    public bool IsAlive(int brokerId) => true;

    public string? RackOf(int brokerId, string listenerName) => null;

    public void Submit(IsrChange change, Action<IsrChangeOutcome> completed)
    {
    }

    public abstract void OnElected(TopicPartition partition, int leaderEpoch);

    public abstract void OnResigned(TopicPartition partition, int? leaderEpoch);

    public void Lead(int leaderEpoch, params int[] others) => Change(leader: 0, leaderEpoch, others);

    public void Follow(int leaderEpoch) => Change(leader: 1, leaderEpoch, [1]);

    /// <summary>The other replica has fetched everything.</summary>
    public void Replicate(int brokerId = 1)
    {
        Assert.True(Replicas.TryGetOnline(_coordinated, out var partition));
        var end = partition.Log!.LogEndOffset;
        partition.UpdateFollower(new LeaderEpoch(partition.LeaderEpoch), new FollowerFetch(brokerId, end, 0, -1, 0), end);
        Time.RunUntilIdle();
    }

    /// <summary>Puts batches into the log as they are, while another broker leads.</summary>
    public void Store(byte[] batches)
    {
        Assert.True(Replicas.TryGetOnline(_coordinated, out var partition));
        partition.Log!.AppendAsFollower(batches);
    }

    private void Change(int leader, int leaderEpoch, int[] others)
    {
        var request = new LeaderAndIsrRequest
        {
            ControllerEpoch = _controllerEpoch,
            TopicStates =
            [
                new()
                {
                    TopicName = _coordinated.Topic,
                    PartitionStates =
                    [
                        new()
                        {
                            PartitionIndex = _coordinated.Partition,
                            ControllerEpoch = _controllerEpoch++,
                            Leader = leader,
                            LeaderEpoch = leaderEpoch,
                            PartitionEpoch = leaderEpoch,
                            Isr = [0, .. others],
                            Replicas = [0, .. others],
                        },
                    ],
                },
            ],
        };
        Assert.Equal(ErrorCode.None, Assert.Single(Assert.Single(_changes.Apply(request, 7, brokerEpoch: -1).Response.Topics).PartitionErrors).ErrorCode);
    }
}
