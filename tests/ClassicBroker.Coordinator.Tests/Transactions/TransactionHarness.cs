using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.State;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>
/// Broker 0 with its transaction coordinator, over a real log on a simulated disk and a clock that stands still, and what a controller and
/// producers ask of it. Threading: the test's thread.
/// </summary>
internal sealed class TransactionHarness : IClusterView, IIsrChanges, ILeadershipListener
{
    public const string Id = "tx";

    private readonly ManualEventLoop _network;
    private readonly ReplicaStateChanges _changes;
    private int _controllerEpoch = 1;
    private long _producerIds;

    public TransactionHarness(Func<TransactionCoordinatorSettings, TransactionCoordinatorSettings>? adjust = null)
    {
        var scheduler = Time.CreateLoop("scheduler");
        _network = Time.CreateLoop("network");
        var config = new LogConfig { SegmentIndexBytes = 1 << 16 };
        var environment = new StorageEnvironment
        {
            Files = new SimulatedFileSystem(Time, new SeededRandomSource(1)),
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
        var settings = new TransactionCoordinatorSettings { PartitionCount = 1 };
        Coordinator = new TransactionCoordinator(
            adjust?.Invoke(settings) ?? settings,
            Replicas,
            new LeaderAppender(Replicas, NullLogger<LeaderAppender>.Instance),
            Targets,
            () => new(HasProducerIds ? _producerIds++ : (long?)null),
            Time.CreateLoop("transactions"),
            NullLogger<TransactionCoordinator>.Instance);
        Coordinator.Start();
    }

    public static TopicPartition StatePartition { get; } = new(TopicName.TransactionState, 0);

    public ManualTime Time { get; } = new();

    public ReplicaManager Replicas { get; }

    public TransactionCoordinator Coordinator { get; }

    public MarkerTargetsDouble Targets { get; } = new();

    public bool HasProducerIds { get; set; } = true;

    /// <summary>A harness whose broker leads the one partition and has loaded it.</summary>
    public static TransactionHarness Leading(Func<TransactionCoordinatorSettings, TransactionCoordinatorSettings>? adjust = null)
    {
        var harness = new TransactionHarness(adjust);
        harness.Lead(0);
        harness.Time.RunUntilIdle();
        return harness;
    }

    public bool Contains(TopicPartition partition) => true;

    public bool IsAlive(int brokerId) => true;

    public string? RackOf(int brokerId, string listenerName) => null;

    public void Submit(IsrChange change, Action<IsrChangeOutcome> completed)
    {
    }

    public void OnElected(TopicPartition partition, int leaderEpoch) => Coordinator.OnElected(partition.Partition, leaderEpoch);

    public void OnResigned(TopicPartition partition, int? leaderEpoch) => Coordinator.OnResigned(partition.Partition, leaderEpoch);

    // ------------------------------------------------------------------------------------------------------- controller

    public void Lead(int leaderEpoch, params int[] others) => Change(leader: 0, leaderEpoch, others);

    public void Follow(int leaderEpoch) => Change(leader: 1, leaderEpoch, [1]);

    /// <summary>The other replica has fetched everything.</summary>
    public void Replicate(int brokerId = 1)
    {
        Assert.True(Replicas.TryGetOnline(StatePartition, out var partition));
        var end = partition.Log!.LogEndOffset;
        partition.UpdateFollower(partition.LeaderEpoch, brokerId, end, 0, end, -1);
        Time.RunUntilIdle();
    }

    /// <summary>Puts a state into the log while another broker leads.</summary>
    public void Store(string transactionalId, TransactionState state)
    {
        Assert.True(Replicas.TryGetOnline(StatePartition, out var partition));
        using var batch = new RecordBatchBuilder { BaseOffset = partition.Log!.LogEndOffset, PartitionLeaderEpoch = partition.LeaderEpoch };
        batch.Append(Time.UnixMs(), TransactionRecords.Key(transactionalId), TransactionRecords.Value(state));
        partition.Log.AppendAsFollower(batch.Build());
    }

    /// <summary>Puts batches into the log as they are, while another broker leads.</summary>
    public void Store(byte[] batches)
    {
        Assert.True(Replicas.TryGetOnline(StatePartition, out var partition));
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
                    TopicName = StatePartition.Topic,
                    PartitionStates =
                    [
                        new()
                        {
                            PartitionIndex = 0,
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
        Assert.Equal(ErrorCode.None, Assert.Single(Assert.Single(_changes.Apply(request, 7).Response.Topics).PartitionErrors).ErrorCode);
    }

    // --------------------------------------------------------------------------------------------------------- producers

    public InitializedProducer Init(string id = Id, int timeoutMs = 60_000, long producerId = -1, short epoch = -1) =>
        Time.Await(BeginInit(id, timeoutMs, producerId, epoch));

    public Task<InitializedProducer> BeginInit(string id = Id, int timeoutMs = 60_000, long producerId = -1, short epoch = -1) =>
        Start(() => Coordinator.InitProducerIdAsync(id, timeoutMs, producerId, epoch));

    /// <summary>Adds partitions named <c>topic-partition</c>.</summary>
    public ErrorCode Add(long producerId, short epoch, params string[] partitions) =>
        Time.Await(Start(() => Coordinator.AddPartitionsAsync(new(Id, producerId, epoch), Parse(partitions))));

    public ErrorCode[] Verify(long producerId, short epoch, params string[] partitions) =>
        Coordinator.VerifyPartitions(new(Id, producerId, epoch), Parse(partitions));

    public ErrorCode End(long producerId, short epoch, bool isCommit = true) => Time.Await(BeginEnd(producerId, epoch, isCommit));

    public Task<ErrorCode> BeginEnd(long producerId, short epoch, bool isCommit = true) =>
        Start(() => Coordinator.EndAsync(new(Id, producerId, epoch), isCommit));

    /// <summary>The id as DescribeTransactions tells it: state, producer id and epoch, partitions.</summary>
    public string Describe(string id = Id)
    {
        var state = Coordinator.Administration.Describe(id);
        if (state.ErrorCode != ErrorCode.None)
        {
            return state.ErrorCode.ToString();
        }

        var partitions = state.Topics.SelectMany(topic => topic.Partitions.Select(partition => $" {topic.Topic}-{partition}"));
        return $"{state.TransactionState} {state.ProducerId} {state.ProducerEpoch}{string.Concat(partitions)}";
    }

    public Task<T> Start<T>(Func<ValueTask<T>> work)
    {
        var task = _network.InvokeAsync(() => work().AsTask());
        Time.RunUntilIdle();
        return task;
    }

    /// <summary>The states in the log; null where one was removed.</summary>
    public List<(string Id, TransactionState? State)> Records()
    {
        Assert.True(Replicas.TryGetOnline(StatePartition, out var partition));
        var read = partition.Log!.Read(0, int.MaxValue, FetchIsolation.LogEnd, minOneMessage: true);
        if (read.Records is not { } region)
        {
            return [];
        }

        var bytes = new byte[region.Length];
        region.File.Read(bytes, region.Position);
        region.File.Release();
        return
        [
            .. CoordinatorHarness.RecordsOf(bytes).Select(record => (
                TransactionRecords.ReadKey(record.Key)!,
                record.Value is { } value ? TransactionRecords.ReadValue(value) : null)),
        ];
    }

    private static TopicPartition[] Parse(string[] partitions) =>
        Array.ConvertAll(partitions, text => TopicPartition.TryParse(text, out var partition) ? partition : throw new FormatException(text));
}
