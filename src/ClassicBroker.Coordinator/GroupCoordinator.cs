using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Log;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator;

/// <summary>
/// The coordinator of the groups whose partition of <c>__consumer_offsets</c> this broker leads (Kafka's GroupCoordinator): loads them when
/// it begins to lead, ends them when it no longer does, lets offsets expire. Owned by the broker. Threading: any; loading, timers and
/// expiration run on the loop it was given.
/// </summary>
public sealed partial class GroupCoordinator
{
    private readonly GroupCoordinatorSettings _settings;
    private readonly GroupPartitions _partitions;
    private readonly GroupRebalance _rebalance;
    private readonly GroupLoader _loader;
    private readonly IEventLoop _loop;
    private readonly ILogger _logger;
    private readonly BackgroundWork _loads;
    private IScheduledWork? _sweep;

    /// <param name="settings">The broker's keys.</param>
    /// <param name="replicas">The logs that are loaded.</param>
    /// <param name="appends">Where groups and offsets go.</param>
    /// <param name="stands">
    /// Does what a controller decided for a registration of this broker, named by its epoch, stand as far as ZooKeeper lets know?
    /// </param>
    /// <param name="loop">Where loading, timers and expiration run.</param>
    /// <param name="random">Names members.</param>
    /// <param name="logger">Its trace.</param>
    public GroupCoordinator(
        GroupCoordinatorSettings settings,
        ReplicaManager replicas,
        LeaderAppender appends,
        Func<long, bool> stands,
        IEventLoop loop,
        IRandomSource random,
        ILogger<GroupCoordinator> logger)
    {
        (_settings, _loop, _logger) = (settings, loop, logger);
        _loads = new BackgroundWork("group-load", loop);
        LoadTimes = new LoadTimes(loop.Time);
        var timers = new CoordinatorTimers(loop);
        var log = new GroupLog(appends, settings, timers);
        _partitions = new GroupPartitions(settings.PartitionCount);
        _rebalance = new GroupRebalance(settings, timers, log, logger);
        _loader = new GroupLoader(replicas, timers, settings.LoadBufferSize, logger);
        Membership = new GroupMembership(settings, _partitions, _rebalance, log, random, logger);
        Offsets = new OffsetCommits(
            settings, _partitions, _rebalance, log, new LeadershipProof(replicas, timers, settings.CutOffMs, stands));
        Administration = new GroupAdministration(settings, _partitions, log, timers, logger);
    }

    /// <summary>JoinGroup, SyncGroup, Heartbeat, LeaveGroup.</summary>
    public GroupMembership Membership { get; }

    /// <summary>OffsetCommit, TxnOffsetCommit, OffsetFetch.</summary>
    public OffsetCommits Offsets { get; }

    /// <summary>DescribeGroups, ListGroups, DeleteGroups, OffsetDelete.</summary>
    public GroupAdministration Administration { get; }

    /// <summary>How long the loads of its partitions took.</summary>
    public LoadTimes LoadTimes { get; }

    /// <summary>Rebalances that ended with members, for the metric.</summary>
    public long CompletedRebalances => _rebalance.CompletedRebalances;

    /// <summary>The partition of <c>__consumer_offsets</c> that holds a group, on any broker.</summary>
    public int PartitionOf(string groupId) => _partitions.IndexOf(groupId);

    /// <summary>Begins to answer, and to let offsets expire.</summary>
    public void Start()
    {
        _partitions.IsActive = true;
        ScheduleSweep();
    }

    /// <summary>Stops answering; waiting members are sent to another coordinator. On the coordinator's loop.</summary>
    public void Stop()
    {
        _partitions.IsActive = false;
        _sweep?.Cancel();
        foreach (var partition in _partitions.All)
        {
            End(partition, partition.Close(epoch: null));
        }
    }

    /// <summary>This broker leads a partition from now on. Its groups can be asked for once they are loaded. Never waits.</summary>
    public void OnElected(int partition, int leaderEpoch)
    {
        if (_partitions.Find(partition) is not { } elected)
        {
            LogUncoordinated(partition, _settings.PartitionCount);
            return;
        }

        if (elected.BeginLoading(leaderEpoch))
        {
            LogLoading(elected.TopicPartition, leaderEpoch);
            _loop.Execute(() => _loads.Run(() => LoadAsync(elected, leaderEpoch)));
        }
    }

    /// <summary>This broker no longer leads a partition, or has lost it: null where no epoch tells. Never waits.</summary>
    public void OnResigned(int partition, int? leaderEpoch)
    {
        if (_partitions.Find(partition) is { } resigned)
        {
            // At once, so that an election right behind it loads again; only what waits is answered later.
            var closed = resigned.Close(leaderEpoch);
            _loop.Execute(() => End(resigned, closed));
        }
    }

    /// <summary>Partitions were deleted: what was committed for them goes. Never waits.</summary>
    public void OnPartitionsDeleted(IReadOnlyList<TopicPartition> deleted) =>
        EachPartition(partition => Administration.Forget(partition, deleted));

    /// <summary>Counts all groups, taking their locks one after the other.</summary>
    public GroupCounts Count()
    {
        var offsets = 0;
        var groups = new int[(int)GroupState.Dead + 1];
        foreach (var group in _partitions.All.SelectMany(partition => partition.Groups()))
        {
            lock (group.Lock)
            {
                groups[(int)group.State]++;
                offsets += group.Offsets.Count;
            }
        }

        return new()
        {
            NumGroups = groups.Sum(),
            NumOffsets = offsets,
            NumGroupsPreparingRebalance = groups[(int)GroupState.PreparingRebalance],
            NumGroupsCompletingRebalance = groups[(int)GroupState.CompletingRebalance],
            NumGroupsStable = groups[(int)GroupState.Stable],
            NumGroupsDead = groups[(int)GroupState.Dead],
            NumGroupsEmpty = groups[(int)GroupState.Empty],
        };
    }

    /// <summary>
    /// What the groups have committed, in the order of groups and partitions; empty where that is more than <paramref name="most"/>.
    /// </summary>
    public IReadOnlyList<(string Group, TopicPartition Partition, long Offset)> CommittedOffsets(int most)
    {
        var committed = new List<(string Group, TopicPartition Partition, long Offset)>();
        foreach (var group in _partitions.All.SelectMany(partition => partition.Groups()))
        {
            lock (group.Lock)
            {
                if (committed.Count + group.Offsets.Count > most)
                {
                    return [];
                }

                committed.AddRange(group.Offsets.Partitions().Select(
                    partition => (group.Id, partition, group.Offsets.Find(partition)?.Offset ?? 0)));
            }
        }

        committed.Sort();
        return committed;
    }

    private async Task LoadAsync(GroupPartition partition, int epoch)
    {
        var startedMs = _loop.Time.MonotonicMs();
        if (await _loader.LoadAsync(partition, epoch) is not { } loaded)
        {
            return;
        }

        var groups = loaded.ToGroups();
        if (!partition.EndLoading(epoch, groups))
        {
            return;
        }

        foreach (var group in groups)
        {
            lock (group.Lock)
            {
                _rebalance.OnLoaded(group);
            }
        }

        var tookMs = _loop.Time.MonotonicMs() - startedMs;
        LoadTimes.Add(tookMs);
        LogLoaded(partition.TopicPartition, groups.Count, loaded.OffsetCount, tookMs, epoch);
    }

    private void End(GroupPartition partition, Group[] closed)
    {
        foreach (var group in closed)
        {
            lock (group.Lock)
            {
                _rebalance.OnUnloaded(group);
            }
        }

        if (closed.Length > 0)
        {
            LogUnloaded(partition.TopicPartition, closed.Length);
        }
    }

    private void ScheduleSweep() =>
        _sweep = _loop.Schedule(
            () =>
            {
                EachPartition(Administration.Expire);
                ScheduleSweep();
            },
            TimeSpan.FromMilliseconds(_settings.RetentionCheckIntervalMs));

    /// <summary>One partition at a time, so that the loop serves others in between.</summary>
    private void EachPartition(Action<GroupPartition> work)
    {
        foreach (var partition in _partitions.All)
        {
            if (partition.Availability == ErrorCode.None)
            {
                _loop.Execute(() => work(partition));
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Partition {Partition} of __consumer_offsets is not coordinated: "
            + "the topic had {Count} partitions when the broker started")]
    private partial void LogUncoordinated(int partition, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading offsets and group metadata from {Partition} for epoch {Epoch}")]
    private partial void LogLoading(TopicPartition partition, int epoch);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Finished loading {Groups} groups and {Offsets} offsets from {Partition} in {Milliseconds} ms for epoch {Epoch}")]
    private partial void LogLoaded(TopicPartition partition, int groups, int offsets, long milliseconds, int epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Finished unloading {Groups} groups of {Partition}")]
    private partial void LogUnloaded(TopicPartition partition, int groups);
}
