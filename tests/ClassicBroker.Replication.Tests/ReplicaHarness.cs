using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.State;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests;

/// <summary>Broker 0 with two log directories, and what a controller and clients ask of its replicas.</summary>
internal sealed class ReplicaHarness : IClusterView, IIsrChanges
{
    private readonly ManualTime _time = new();
    private readonly LogConfig _config = new() { SegmentIndexBytes = 1024 };
    private readonly bool _syncs;

    /// <param name="syncs">Is what is acknowledged durable first?</param>
    public ReplicaHarness(bool syncs = false)
    {
        _syncs = syncs;
        Files = new SimulatedFileSystem(_time, new SeededRandomSource(1));
        LongReads = _time.CreateLoop("long-reads");
        (Logs, Replicas, Changes) = Start();
    }

    public SimulatedFileSystem Files { get; }

    /// <summary>Where reads go that may take long.</summary>
    public ManualEventLoop LongReads { get; }

    public LogStore Logs { get; private set; }

    public ReplicaManager Replicas { get; private set; }

    public ReplicaStateChanges Changes { get; private set; }

    /// <summary>Does the broker's registration stand for certain?</summary>
    public bool IsRegistered { get; set; } = true;

    /// <summary>What changes of state are logged.</summary>
    public RecordingLoggers Log { get; } = new();

    public LeaderReader Reads => new(Replicas, LongReads, NullLogger<LeaderReader>.Instance);

    public bool Contains(TopicPartition partition) => true;

    public bool IsAlive(int brokerId) => true;

    public string? RackOf(int brokerId, string listenerName) => null;

    public void Submit(IsrChange change, Action<IsrChangeOutcome> completed)
    {
    }

    public TimeProvider Time => _time;

    public ManualEventLoop NewLoop(string name) => _time.CreateLoop(name);

    public void RunUntilIdle() => _time.RunUntilIdle();

    public void AdvanceMs(int ms) => _time.AdvanceMs(ms);

    /// <summary>The process is killed and starts again on the same disk.</summary>
    public void Restart()
    {
        Files.Kill();
        (Logs, Replicas, Changes) = Start();
    }

    /// <summary>The power goes and comes back, and the broker starts again.</summary>
    public void Crash()
    {
        Files.Crash();
        (Logs, Replicas, Changes) = Start();
    }

    /// <summary>The controller makes this broker the leader of a partition it alone has, or has with others.</summary>
    public ErrorCode Lead(TopicPartition partition, Uuid topicId, int leaderEpoch = 0, bool isNew = true, params int[] others) =>
        Appoint(leader: 0, partition, topicId, leaderEpoch, isNew, others);

    /// <summary>The controller makes this broker the follower of another one.</summary>
    public ErrorCode Follow(int leader, TopicPartition partition, Uuid topicId, int leaderEpoch = 0, bool isNew = true) =>
        Appoint(leader, partition, topicId, leaderEpoch, isNew, leader);

    private ErrorCode Appoint(int leader, TopicPartition partition, Uuid topicId, int leaderEpoch, bool isNew, params int[] others)
    {
        var state = new LeaderAndIsrRequest.LeaderAndIsrPartitionState
        {
            PartitionIndex = partition.Partition,
            ControllerEpoch = ControllerEpoch,
            Leader = leader,
            LeaderEpoch = leaderEpoch,
            Isr = IsAloneInSync ? [0] : [0, .. others],
            Replicas = [0, .. others],
            IsNew = isNew,
            LeaderRecoveryState = (sbyte)(IsRecovering ? 1 : 0),
        };
        var request = new LeaderAndIsrRequest
        {
            ControllerEpoch = ControllerEpoch,
            BrokerEpoch = BrokerEpoch,
            TopicStates = [new() { TopicName = partition.Topic, TopicId = topicId, PartitionStates = [state] }],
        };
        var topic = Assert.Single(Changes.Apply(request, LeaderAndIsrVersion, BrokerEpoch).Response.Topics);
        return Assert.Single(topic.PartitionErrors).ErrorCode;
    }

    /// <summary>Of the controller's requests; from 5 on.</summary>
    public short LeaderAndIsrVersion { get; set; } = 7;

    /// <summary>The controller says that the leader lacks committed records.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>The controller says that only this broker is in sync.</summary>
    public bool IsAloneInSync { get; set; }

    /// <summary>Of the controller.</summary>
    public int ControllerEpoch { get; set; } = 1;

    /// <summary>The registration of the broker that the controller speaks to.</summary>
    public long BrokerEpoch { get; set; } = -1;

    /// <summary>The controller makes this broker the leader of many new partitions in one request.</summary>
    public IReadOnlyList<ErrorCode> LeadAll(string topic, Uuid topicId, int count)
    {
        var request = new LeaderAndIsrRequest
        {
            ControllerEpoch = ControllerEpoch,
            TopicStates =
            [
                new()
                {
                    TopicName = topic,
                    TopicId = topicId,
                    PartitionStates =
                    [
                        .. Enumerable.Range(0, count).Select(index => new LeaderAndIsrRequest.LeaderAndIsrPartitionState
                        {
                            PartitionIndex = index,
                            ControllerEpoch = ControllerEpoch,
                            Isr = [0],
                            Replicas = [0],
                            IsNew = true,
                        }),
                    ],
                },
            ],
        };
        return [.. Assert.Single(Changes.Apply(request, 7, BrokerEpoch).Response.Topics).PartitionErrors.Select(error => error.ErrorCode)];
    }

    public ErrorCode Delete(TopicPartition partition)
    {
        var request = new StopReplicaRequest
        {
            ControllerEpoch = ControllerEpoch,
            TopicStates =
            [
                new()
                {
                    TopicName = partition.Topic,
                    PartitionStates = [new() { PartitionIndex = partition.Partition, LeaderEpoch = -2, DeletePartition = true }],
                },
            ],
        };
        return Assert.Single(Changes.Apply(request).Response.PartitionErrors).ErrorCode;
    }

    public AppendOutcome Append(TopicPartition partition, int valueBytes = 10)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, default, new byte[valueBytes]);
        return new LeaderAppender(Replicas, NullLogger<LeaderAppender>.Instance)
            .Append(partition, builder.Build().ToArray(), AppendOrigin.Client, acks: 1);
    }

    public ValueTask<FetchPartitionResult[]> FetchAsync(int maxWaitMs, int maxBytes, params TopicPartition[] partitions) =>
        FetchAsync(maxWaitMs, maxBytes, offset: 0, partitions);

    public ValueTask<FetchPartitionResult[]> FetchAsync(int maxWaitMs, int maxBytes, long offset, params TopicPartition[] partitions) =>
        FetchAsync(maxWaitMs, maxBytes, offset, onlyLeader: true, partitions);

    public ValueTask<FetchPartitionResult[]> FetchAsync(
        int maxWaitMs, int maxBytes, long offset, bool onlyLeader, params TopicPartition[] partitions) =>
        Reads.FetchAsync(
            new FetchParameters(-1, -1, 0, maxWaitMs, 1, maxBytes, FetchIsolation.HighWatermark, HardMaxBytes: false, onlyLeader),
            [.. partitions.Select(partition => new FetchPartition(
                new TopicIdPartition(Uuid.Zero, partition), offset, int.MaxValue, -1, LeaderEpoch.None, LeaderEpoch.None))]);

    /// <summary>A follower that has all before <paramref name="offset"/> asks for what there is, and waits where there is nothing.</summary>
    public Task<FetchPartitionResult[]> FetchAsFollowerAsync(
        int follower,
        int maxWaitMs,
        TopicPartition partition,
        LeaderEpoch? leaderEpoch = null,
        long offset = 0,
        LeaderEpoch? lastFetchedEpoch = null) =>
        Reads.FetchAsync(
            new FetchParameters(follower, -1, 0, maxWaitMs, 1, 1_000, FetchIsolation.LogEnd, HardMaxBytes: false, OnlyLeader: true),
            [
                new(
                    new TopicIdPartition(Uuid.Zero, partition),
                    offset,
                    int.MaxValue,
                    0,
                    leaderEpoch ?? LeaderEpoch.None,
                    lastFetchedEpoch ?? LeaderEpoch.None),
            ]).AsTask();

    private (LogStore Logs, ReplicaManager Replicas, ReplicaStateChanges Changes) Start()
    {
        var loop = _time.CreateLoop("scheduler");
        ReplicaManager? replicas = null;
        var environment = new StorageEnvironment
        {
            Files = Files,
            Timers = loop,
            DiskWork = loop,
            Time = _time,
            Random = new SeededRandomSource(2),
            Loggers = NullLoggerFactory.Instance,
            DirectoryFailed = (directory, _) => replicas?.TakeOffline(directory),
        };
        var logs = loop.Run(() => LogStore.OpenAsync(
            new LogStoreSettings { Directories = ["/one", "/two"] }, environment, [loop], _ => _config));
        var settings = new ReplicationSettings { BrokerId = new BrokerId(0), Stands = _ => IsRegistered, SyncsBeforeAcknowledging = _syncs };
        replicas = new ReplicaManager(settings, logs, this, this, loop, NullLogger<ReplicaManager>.Instance);
        return (logs, replicas, new ReplicaStateChanges(replicas, _ => _config, Log));
    }
}
