using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>
/// Broker 0 with its transaction coordinator, over a real log on a simulated disk and a clock that stands still, and what a controller and
/// producers ask of it. Threading: the test's thread.
/// </summary>
internal sealed class TransactionHarness : CoordinatingBroker
{
    public const string Id = "tx";

    private long _producerIds;

    public TransactionHarness(Func<TransactionCoordinatorSettings, TransactionCoordinatorSettings>? adjust = null)
        : base(StatePartition)
    {
        Clock = new SkewedTime(Time);
        var settings = new TransactionCoordinatorSettings { PartitionCount = 1 };
        Coordinator = new TransactionCoordinator(
            adjust?.Invoke(settings) ?? settings,
            Replicas,
            Appends,
            Targets,
            _ => IsAppointed,
            () => new(HasProducerIds ? _producerIds++ : (long?)null),
            Time.CreateLoop("transactions", Clock),
            NullLogger<TransactionCoordinator>.Instance);
        Coordinator.Start();
    }

    public static TopicPartition StatePartition { get; } = new(TopicName.TransactionState, 0);

    public TransactionCoordinator Coordinator { get; }

    /// <summary>The coordinator's clock.</summary>
    public SkewedTime Clock { get; }

    public MarkerTargetsDouble Targets { get; } = new();

    /// <summary>Does what the controller decided stand, as far as ZooKeeper lets know?</summary>
    public bool IsAppointed { get; set; } = true;

    public bool HasProducerIds { get; set; } = true;

    /// <summary>A harness whose broker leads the one partition and has loaded it.</summary>
    public static TransactionHarness Leading(Func<TransactionCoordinatorSettings, TransactionCoordinatorSettings>? adjust = null)
    {
        var harness = new TransactionHarness(adjust);
        harness.Lead(0);
        harness.Time.RunUntilIdle();
        return harness;
    }

    public override void OnElected(TopicPartition partition, int leaderEpoch) => Coordinator.OnElected(partition.Partition, leaderEpoch);

    public override void OnResigned(TopicPartition partition, int? leaderEpoch) => Coordinator.OnResigned(partition.Partition, leaderEpoch);

    /// <summary>Puts a state into the log while another broker leads.</summary>
    public void Store(string transactionalId, TransactionState state)
    {
        Assert.True(Replicas.TryGetOnline(StatePartition, out var partition));
        using var batch = new RecordBatchBuilder { BaseOffset = partition.Log!.LogEndOffset, PartitionLeaderEpoch = partition.LeaderEpoch };
        batch.Append(Time.UnixMs(), TransactionRecords.Key(transactionalId), TransactionRecords.Value(state));
        partition.Log.AppendAsFollower(batch.Build());
    }

    // --------------------------------------------------------------------------------------------------------- producers

    public InitializedProducer Init(string id = Id, int timeoutMs = 60_000, long producerId = -1, short epoch = -1) =>
        Time.Await(BeginInit(id, timeoutMs, producerId, epoch));

    public Task<InitializedProducer> BeginInit(string id = Id, int timeoutMs = 60_000, long producerId = -1, short epoch = -1) =>
        Start(() => Coordinator.InitProducerIdAsync(id, timeoutMs, producerId, epoch));

    /// <summary>Adds partitions named <c>topic-partition</c>.</summary>
    public ErrorCode Add(long producerId, short epoch, params string[] partitions) =>
        Time.Await(BeginAdd(producerId, epoch, partitions));

    public Task<ErrorCode> BeginAdd(long producerId, short epoch, params string[] partitions) =>
        Start(() => Coordinator.AddPartitionsAsync(new(Id, producerId, epoch), Parse(partitions)));

    public ErrorCode[] Verify(long producerId, short epoch, params string[] partitions) =>
        Time.Await(BeginVerify(producerId, epoch, partitions));

    public Task<ErrorCode[]> BeginVerify(long producerId, short epoch, params string[] partitions) =>
        Start(() => Coordinator.VerifyPartitionsAsync(new(Id, producerId, epoch), Parse(partitions)));

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
        var task = Network.InvokeAsync(() => work().AsTask());
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
                new TransactionRecordReader().ReadKey(record.Key)!,
                record.Value is { } value ? new TransactionRecordReader().ReadValue(value) : null)),
        ];
    }

    private static TopicPartition[] Parse(string[] partitions) =>
        Array.ConvertAll(partitions, text => TopicPartition.TryParse(text, out var partition) ? partition : throw new FormatException(text));
}
