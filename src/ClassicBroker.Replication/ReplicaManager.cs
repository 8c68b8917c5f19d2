using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.State;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication;

/// <summary>
/// The replicas this broker holds (Kafka's ReplicaManager): finds them, keeps their ISRs and checkpoints in order, and takes them offline
/// with their log directory. Changes of leadership come through <see cref="State.ReplicaStateChanges"/>.
/// Threading: lookups from any thread; housekeeping on the scheduler loop.
/// </summary>
public sealed partial class ReplicaManager
{
    private readonly ConcurrentDictionary<TopicPartition, HostedPartition> _partitions = new();
    private readonly IEventLoop _scheduler;
    private readonly ReplicationSettings _settings;
    private readonly IClusterView _cluster;
    private readonly ILogger<ReplicaManager> _logger;
    private IScheduledWork? _shrinking;

    public ReplicaManager(
        ReplicationSettings settings,
        LogStore logs,
        IClusterView cluster,
        IIsrChanges isrChanges,
        IEventLoop scheduler,
        ILogger<ReplicaManager> logger)
    {
        (_settings, Logs, _cluster, _scheduler, _logger) = (settings, logs, cluster, scheduler, logger);
        Delayed = new DelayedOperations(
            scheduler,
            settings.ProducerPurgatoryPurgeIntervalRequests,
            settings.FetchPurgatoryPurgeIntervalRequests,
            settings.DeleteRecordsPurgatoryPurgeIntervalRequests);
        Recall = new FollowerRecall(Delayed.Fetch, scheduler.Time);
        Environment = new PartitionEnvironment
        {
            LocalBrokerId = settings.BrokerId,
            Time = scheduler.Time,
            ReplicaLagTimeMaxMs = () => settings.ReplicaLagTimeMaxMs,
            ReplicaLagMaxMessages = settings.ReplicaLagMaxMessages,
            SyncsBeforeAcknowledging = settings.SyncsBeforeAcknowledging,
            FollowerSilenceMaxMs = settings.FollowerSilenceMaxMs,
            Stands = settings.Stands,
            MayJoinIsr = settings.MayJoinIsr,
            IsAlive = cluster.IsAlive,
            IsrChanges = isrChanges,
            Delayed = Delayed,
        };
    }

    public LogStore Logs { get; }

    public DelayedOperations Delayed { get; }

    public BrokerId LocalBrokerId => _settings.BrokerId;

    public TimeProvider Time => _scheduler.Time;

    /// <summary>Partitions this broker holds whose log directory works, in no order.</summary>
    public IEnumerable<Partition> OnlinePartitions =>
        _partitions.Values.Select(hosted => hosted.Partition).OfType<Partition>();

    /// <summary>Partitions whose log directory failed, for the metric <c>OfflineReplicaCount</c>.</summary>
    public int OfflineCount => _partitions.Values.Count(hosted => hosted.Partition is null);

    /// <summary>Hears of partitions led and lost; set before the first change.</summary>
    public ILeadershipListener? LeadershipListener { get; set; }

    /// <summary>What became of the changes of ISRs.</summary>
    public IsrMetrics IsrMetrics => Environment.IsrMetrics;

    /// <summary>Must records be on the leader's disk before even it counts as having them?</summary>
    public bool SyncsBeforeAcknowledging => _settings.SyncsBeforeAcknowledging;

    internal PartitionEnvironment Environment { get; }

    /// <summary>Calls followers back that wait while this broker begins to lead.</summary>
    internal FollowerRecall Recall { get; }

    /// <summary>Held while leadership changes and while partitions go offline: neither may meet the other half done.</summary>
    internal Lock StateChange { get; } = new();

    /// <summary>Begins to watch over the ISRs, at half the lag time so that a laggard is dropped within one and a half.</summary>
    public void Start() => ScheduleShrinking();

    /// <summary>Ends housekeeping and writes the high watermarks one last time. On the scheduler loop.</summary>
    public void Stop()
    {
        _shrinking?.Cancel();
        Logs.CheckpointHighWatermarks();
    }

    /// <summary>The partition, or why there is none here.</summary>
    public ErrorCode TryGet(TopicPartition topicPartition, out Partition? partition)
    {
        partition = null;
        if (!_partitions.TryGetValue(topicPartition, out var hosted))
        {
            return _cluster.Contains(topicPartition) ? ErrorCode.NotLeaderOrFollower : ErrorCode.UnknownTopicOrPartition;
        }

        partition = hosted.Partition;
        return partition is null ? ErrorCode.KafkaStorageError : ErrorCode.None;
    }

    /// <summary>Are consumers sent to a replica in their rack?</summary>
    internal bool SelectsReplicasByRack => _settings.SelectsReplicasByRack;

    internal string? RackOf(int brokerId, string listenerName) => _cluster.RackOf(brokerId, listenerName);

    /// <summary>
    /// Is a follower to get nothing for now, because its replica is throttled, not in sync, and the quota of leaders is used up (KIP-73)?
    /// </summary>
    internal bool HoldsBack(Partition partition, int followerId) =>
        followerId >= 0
        && _settings.LeaderQuota is { } quota
        && partition.Log is { } log
        && quota.IsThrottled(log)
        && quota.IsExceeded
        && !partition.Isr.Contains(followerId);

    /// <summary>Counts what a follower is sent of a throttled replica.</summary>
    public void RecordSent(TopicPartition topicPartition, int bytes)
    {
        if (_settings.LeaderQuota is { } quota
            && TryGetOnline(topicPartition, out var partition)
            && partition.Log is { } log
            && quota.IsThrottled(log))
        {
            quota.Record(bytes);
        }
    }

    public bool TryGetOnline(TopicPartition topicPartition, [NotNullWhen(true)] out Partition? partition) =>
        TryGet(topicPartition, out partition) == ErrorCode.None;

    public bool IsOffline(TopicPartition topicPartition) =>
        _partitions.TryGetValue(topicPartition, out var hosted) && hosted.Partition is null;

    internal Partition GetOrAdd(TopicPartition topicPartition)
    {
        var hosted = _partitions.GetOrAdd(
            topicPartition,
            static (key, environment) => HostedPartition.Online(new Partition(key, environment)),
            Environment);
        Invariant.Require(hosted.Partition is not null);
        return hosted.Partition;
    }

    /// <summary>The partition has no log because a disk failed. Under <see cref="StateChange"/>.</summary>
    internal void MarkOffline(TopicPartition topicPartition)
    {
        _partitions[topicPartition] = HostedPartition.Offline;
        Delayed.CheckAndCompleteAll(topicPartition);
    }

    internal void Remove(TopicPartition topicPartition)
    {
        if (_partitions.TryRemove(topicPartition, out var hosted))
        {
            hosted.Partition?.Detach();
        }

        Delayed.CheckAndCompleteAll(topicPartition);
    }

    /// <summary>
    /// A log directory failed: its partitions, which are returned, answer KAFKA_STORAGE_ERROR from now on, what waits for them is told,
    /// and the rest goes on.
    /// </summary>
    public IReadOnlyList<TopicPartition> TakeOffline(LogDirectory directory)
    {
        var lost = new List<TopicPartition>();
        lock (StateChange)
        {
            foreach (var (topicPartition, hosted) in _partitions)
            {
                if (hosted.Partition is { Log: { } log } partition && log.Directory == directory)
                {
                    _partitions[topicPartition] = HostedPartition.Offline;
                    partition.Detach();
                    lost.Add(topicPartition);
                    LeadershipListener?.OnResigned(topicPartition, leaderEpoch: null);
                }
            }
        }

        lost.Sort();
        foreach (var topicPartition in lost)
        {
            Delayed.CheckAndCompleteAll(topicPartition);
        }

        LogOffline(directory.Path, lost.Count, string.Join(',', lost));
        return lost;
    }

    /// <summary>Brokers have left the cluster: writes that wait for their replicas alone wait no longer.</summary>
    public void OnBrokersGone()
    {
        foreach (var partition in OnlinePartitions.OrderBy(online => online.TopicPartition))
        {
            partition.OnBrokersGone();
        }
    }

    private void ScheduleShrinking() =>
        _shrinking = _scheduler.Schedule(
            () =>
            {
                foreach (var partition in OnlinePartitions.OrderBy(online => online.TopicPartition))
                {
                    partition.MaybeShrinkIsr();
                }

                ScheduleShrinking();
            },
            TimeSpan.FromMilliseconds(_settings.ReplicaLagTimeMaxMs / 2.0));

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Stopping serving replicas in dir {Directory}: {Count} partitions are offline until it is repaired: {Partitions}")]
    private partial void LogOffline(string directory, int count, string partitions);
}
