using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Log;

/// <summary>
/// What the records of one partition of <c>__consumer_offsets</c> come to, read from first to last: of every key the last value counts.
/// Keeps the strings it is given; the reader of the records sees to it that equal ones are one. Owned by the load.
/// Threading: the coordinator's loop.
/// </summary>
internal sealed class LoadedPartition(GroupPartition partition)
{
    private readonly Dictionary<string, LoadedGroup> _groups = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, Dictionary<(string Group, TopicPartition Partition), StoredOffset>> _transactions = [];

    private (string Id, LoadedGroup? Group) _latest = ("", null);

    public int OffsetCount => _groups.Values.Sum(group => group.Offsets.Count);

    public void Commit(string group, TopicPartition partition, in StoredOffset offset) => Find(group).Offsets.Set(partition, offset);

    public void Forget(string group, TopicPartition partition)
    {
        if (_groups.TryGetValue(group, out var known))
        {
            known.Offsets.Remove(partition);
        }
    }

    public void CommitIn(long producerId, string group, TopicPartition partition, in StoredOffset offset)
    {
        if (!_transactions.TryGetValue(producerId, out var offsets))
        {
            _transactions.Add(producerId, offsets = []);
        }

        offsets[(group, partition)] = offset;
    }

    public void ForgetIn(long producerId, string group, TopicPartition partition)
    {
        if (_transactions.TryGetValue(producerId, out var offsets))
        {
            offsets.Remove((group, partition));
        }
    }

    /// <summary>A marker decides what its producer committed before it.</summary>
    public void EndTransaction(long producerId, bool isCommit)
    {
        if (!_transactions.Remove(producerId, out var offsets) || !isCommit)
        {
            return;
        }

        foreach (var ((group, topicPartition), stored) in offsets)
        {
            var committed = Find(group).Offsets;
            if (!committed.TryGet(topicPartition, out var known) || known.BatchOffset < stored.BatchOffset)
            {
                committed.Set(topicPartition, stored);
            }
        }
    }

    /// <summary>The group's record; null where a tombstone took it away.</summary>
    public void Describe(string group, GroupMetadataValue? stored) => Find(group).Stored = stored;

    /// <summary>All groups that have something left: a record, or offsets, decided or not.</summary>
    public List<Group> ToGroups()
    {
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        foreach (var (id, loaded) in _groups)
        {
            if (loaded.Stored is null && loaded.Offsets.Count == 0)
            {
                continue;
            }

            var group = loaded.Stored is { } stored ? GroupRecords.ToGroup(id, stored, partition) : new Group(id, partition);
            groups.Add(id, group);
            group.Offsets.Restore(loaded.Offsets);
        }

        foreach (var (producerId, offsets) in _transactions)
        {
            foreach (var ((id, topicPartition), stored) in offsets)
            {
                if (!groups.TryGetValue(id, out var group))
                {
                    groups.Add(id, group = new Group(id, partition));
                }

                group.Offsets.AddTransactional(producerId, topicPartition, stored);
            }
        }

        return [.. groups.Values];
    }

    private LoadedGroup Find(string group)
    {
        // The records of one commit follow each other.
        if (_latest.Group is { } latest && ReferenceEquals(_latest.Id, group))
        {
            return latest;
        }

        if (!_groups.TryGetValue(group, out var loaded))
        {
            _groups.Add(group, loaded = new LoadedGroup());
        }

        _latest = (group, loaded);
        return loaded;
    }

    /// <summary>What is known of one group so far.</summary>
    private sealed class LoadedGroup
    {
        public GroupMetadataValue? Stored { get; set; }

        public OffsetTable Offsets { get; } = new();
    }
}
