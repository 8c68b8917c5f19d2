using ClassicBroker.Coordinator.Log;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// What operators ask of a coordinator - describe, list, delete groups and offsets - and what it does unasked: it removes offsets that
/// expire or whose topic is gone. Threading: any; takes the locks of the groups it looks at, one at a time.
/// </summary>
public sealed partial class GroupAdministration
{
    /// <summary>The one type of group a ZooKeeper-mode broker has (KIP-848).</summary>
    private const string ClassicType = "classic";

    private readonly GroupCoordinatorSettings _settings;
    private readonly GroupPartitions _partitions;
    private readonly GroupLog _log;
    private readonly CoordinatorTimers _timers;
    private readonly ILogger _logger;
    private long _expired;
    private long _deleted;

    internal GroupAdministration(
        GroupCoordinatorSettings settings, GroupPartitions partitions, GroupLog log, CoordinatorTimers timers, ILogger logger) =>
        (_settings, _partitions, _log, _timers, _logger) = (settings, partitions, log, timers, logger);

    /// <summary>Offsets expired since the start, for the metric.</summary>
    public long ExpiredCount => Interlocked.Read(ref _expired);

    /// <summary>Offsets deleted on request since the start, for the metric.</summary>
    public long DeletedCount => Interlocked.Read(ref _deleted);

    /// <summary>State and members; metadata and assignments only while the group is stable. An unknown group is a dead one.</summary>
    public DescribeGroupsResponse.DescribedGroup Describe(string groupId)
    {
        var error = Find(groupId, mayBeEmpty: true, out var group);
        if (error != ErrorCode.None)
        {
            return new() { GroupId = groupId, ErrorCode = error };
        }

        if (group is null)
        {
            return new() { GroupId = groupId, GroupState = nameof(GroupState.Dead) };
        }

        lock (group.Lock)
        {
            var protocol = group.State == GroupState.Stable ? group.ProtocolName : null;
            return new()
            {
                GroupId = groupId,
                GroupState = group.State.ToString(),
                ProtocolType = group.ProtocolType ?? "",
                ProtocolData = protocol ?? "",
                Members = [.. group.Members.Select(member => Describe(member, protocol))],
            };
        }
    }

    /// <summary>
    /// The groups this broker coordinates, by id; filters ignore case, and what they do not know matches nothing. While a partition loads,
    /// its groups are missing and the error says so.
    /// </summary>
    public ErrorCode List(string[] states, string[] types, out ListGroupsResponse.ListedGroup[] groups)
    {
        groups = [];
        if (!_partitions.IsActive)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }

        var listed = new List<ListGroupsResponse.ListedGroup>();
        if (types.Length == 0 || types.Contains(ClassicType, StringComparer.OrdinalIgnoreCase))
        {
            foreach (var group in _partitions.All.SelectMany(partition => partition.Groups()))
            {
                lock (group.Lock)
                {
                    var state = group.State.ToString();
                    if (states.Length == 0 || states.Contains(state, StringComparer.OrdinalIgnoreCase))
                    {
                        listed.Add(new()
                        {
                            GroupId = group.Id,
                            ProtocolType = group.ProtocolType ?? "",
                            GroupState = state,
                            GroupType = ClassicType,
                        });
                    }
                }
            }
        }

        listed.Sort((left, right) => string.CompareOrdinal(left.GroupId, right.GroupId));
        groups = [.. listed];
        return _partitions.IsLoading ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.None;
    }

    /// <summary>Deletes a group without members, its offsets with it.</summary>
    public ErrorCode Delete(string groupId)
    {
        var error = Find(groupId, mayBeEmpty: true, out var group);
        if (group is null)
        {
            return error == ErrorCode.None ? ErrorCode.GroupIdNotFound : error;
        }

        lock (group.Lock)
        {
            if (group.State == GroupState.Dead)
            {
                return ErrorCode.GroupIdNotFound;
            }

            if (group.State != GroupState.Empty)
            {
                return ErrorCode.NonEmptyGroup;
            }

            Bury(group, group.Offsets.RemoveAll());
            return ErrorCode.None;
        }
    }

    /// <summary>
    /// Deletes committed offsets; those of topics that members consume stay. The result has an error for each partition unless the whole
    /// request is refused.
    /// </summary>
    public ErrorCode DeleteOffsets(
        string groupId, IReadOnlyCollection<TopicPartition> partitions, out IReadOnlyDictionary<TopicPartition, ErrorCode> errors)
    {
        var outcome = new Dictionary<TopicPartition, ErrorCode>();
        errors = outcome;
        var error = Find(groupId, mayBeEmpty: false, out var group);
        if (group is null)
        {
            return error == ErrorCode.None ? ErrorCode.GroupIdNotFound : error;
        }

        lock (group.Lock)
        {
            if (group.State == GroupState.Dead)
            {
                return ErrorCode.GroupIdNotFound;
            }

            if (group.State != GroupState.Empty && !group.IsConsumerGroup)
            {
                return ErrorCode.NonEmptyGroup;
            }

            foreach (var asked in partitions)
            {
                outcome[asked] = group.State != GroupState.Empty && (group.SubscribedTopics?.Contains(asked.Topic) ?? true)
                    ? ErrorCode.GroupSubscribedToTopic
                    : ErrorCode.None;
            }

            var removed = group.Offsets.Remove(outcome.Where(each => each.Value == ErrorCode.None).Select(each => each.Key));
            Interlocked.Add(ref _deleted, removed.Count);
            Clean(group, removed);
            return ErrorCode.None;
        }
    }

    /// <summary>Lets offsets expire, and groups that have neither members nor offsets left, in one partition.</summary>
    internal void Expire(GroupPartition partition)
    {
        var nowMs = _timers.UnixMs;
        foreach (var group in partition.Groups())
        {
            lock (group.Lock)
            {
                var expired = OffsetExpiration.RemoveExpired(group, nowMs, _settings.OffsetsRetentionMs);
                Interlocked.Add(ref _expired, expired.Count);
                Clean(group, expired);
            }
        }
    }

    /// <summary>Forgets what was committed for partitions that are gone.</summary>
    internal void Forget(GroupPartition partition, IReadOnlyList<TopicPartition> deleted)
    {
        foreach (var group in partition.Groups())
        {
            lock (group.Lock)
            {
                Clean(group, group.Offsets.Remove(deleted));
            }
        }
    }

    /// <summary>The group, null where there is none; an error where this broker cannot tell.</summary>
    private ErrorCode Find(string groupId, bool mayBeEmpty, out Group? group)
    {
        group = null;
        var error = _partitions.TryGet(groupId, mayBeEmpty, out var partition);
        return error == ErrorCode.None ? partition!.TryGetGroup(groupId, mayCreate: false, out group) : error;
    }

    private static DescribeGroupsResponse.DescribedGroupMember Describe(GroupMember member, string? protocol) =>
        new()
        {
            MemberId = member.Id,
            GroupInstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            MemberMetadata = protocol is null ? [] : member.MetadataOf(protocol),
            MemberAssignment = protocol is null ? [] : member.Assignment,
        };

    /// <summary>Offsets were removed: the log learns of it, and a group with nothing left ends.</summary>
    private void Clean(Group group, List<TopicPartition> removed)
    {
        if (group.State == GroupState.Empty && !group.Offsets.HasAny)
        {
            Bury(group, removed);
        }
        else if (group.State != GroupState.Dead)
        {
            Report(group, _log.AppendTombstones(group, removed, withGroup: false));
        }
    }

    /// <summary>Ends a group. One that never had a generation has no record that a tombstone would have to take away.</summary>
    private void Bury(Group group, List<TopicPartition> removed)
    {
        group.TransitionTo(GroupState.Dead, _timers.UnixMs);
        LogDead(group.Id, group.Generation);
        var isKnown = group.Partition.Remove(group);
        Report(group, _log.AppendTombstones(group, removed, isKnown && group.Generation > Group.FirstGeneration));
    }

    private void Report(Group group, ErrorCode error)
    {
        if (error != ErrorCode.None)
        {
            LogNotStored(group.Id, group.Partition.TopicPartition, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Group {Group} transitioned to Dead in generation {Generation}")]
    private partial void LogDead(string group, int generation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to append tombstones for group {Group} to {Partition}: {Error}")]
    private partial void LogNotStored(string group, TopicPartition partition, ErrorCode error);
}
