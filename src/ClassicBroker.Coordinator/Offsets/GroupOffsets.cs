using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>
/// The offsets of one group: committed, being committed, and committed within transactions that are not decided. What is told is only what
/// the log has, and of two commits the later in the log. Owned by its group. Threading: under the group's lock.
/// </summary>
internal sealed class GroupOffsets
{
    private OffsetTable _committed = new();
    private readonly Dictionary<TopicPartition, CommittedOffset> _pending = [];
    private readonly SortedDictionary<long, Dictionary<TopicPartition, StoredOffset>> _transactional = [];

    public int Count => _committed.Count;

    public bool HasAny => _committed.Count > 0 || _pending.Count > 0 || _transactional.Count > 0;

    public CommittedOffset? Find(TopicPartition partition) =>
        _committed.TryGet(partition, out var stored) ? stored.Value : null;

    /// <summary>Partitions with a committed offset, in no order.</summary>
    public TopicPartition[] Partitions() => _committed.Partitions();

    /// <summary>An offset is on its way, in a transaction or without one: what is committed may be about to change.</summary>
    public bool IsUnstable(TopicPartition partition)
    {
        if (_pending.ContainsKey(partition))
        {
            return true;
        }

        foreach (var offsets in _transactional.Values)
        {
            if (offsets.ContainsKey(partition))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Producers with a transaction that is not decided.</summary>
    public long[] PendingProducers() => [.. _transactional.Keys];

    // ------------------------------------------------------------------------------------------------------------ commits

    /// <summary>The commit has been appended and is not replicated yet.</summary>
    public void Stage(TopicPartition partition, in CommittedOffset offset) => _pending[partition] = offset;

    /// <summary>The commit is in the log. Where the topic was deleted meanwhile it is not staged any more and does not come back.</summary>
    public void CompleteStaged(TopicPartition partition, in CommittedOffset offset, long batchOffset)
    {
        if (_pending.TryGetValue(partition, out var staged))
        {
            Apply(partition, offset, batchOffset);
            if (staged == offset)
            {
                _pending.Remove(partition);
            }
        }
    }

    public void FailStaged(TopicPartition partition, in CommittedOffset offset)
    {
        if (_pending.TryGetValue(partition, out var staged) && staged == offset)
        {
            _pending.Remove(partition);
        }
    }

    /// <summary>Takes over a commit the log has, unless a later one is known.</summary>
    public void Apply(TopicPartition partition, in CommittedOffset offset, long batchOffset)
    {
        if (!_committed.TryGet(partition, out var known) || known.BatchOffset < batchOffset)
        {
            _committed.Set(partition, new(offset, batchOffset));
        }
    }

    // ------------------------------------------------------------------------------------------------------- transactions

    /// <summary>
    /// The offset is in the log and waits for the transaction's marker, whatever its committer is told: the marker decides about all that
    /// is before it in the log.
    /// </summary>
    public void AddTransactional(long producerId, TopicPartition partition, StoredOffset stored)
    {
        if (!_transactional.TryGetValue(producerId, out var offsets))
        {
            _transactional.Add(producerId, offsets = []);
        }

        offsets[partition] = stored;
    }

    /// <summary>
    /// The transaction of a producer is decided by a marker: what was committed before it counts from now on, or never. True where a later
    /// transaction of the producer waits for its own.
    /// </summary>
    public bool EndTransaction(long producerId, in TransactionEnd end)
    {
        if (!_transactional.TryGetValue(producerId, out var offsets))
        {
            return false;
        }

        foreach (var (partition, stored) in offsets)
        {
            if (stored.BatchOffset > end.MarkerOffset)
            {
                continue;
            }

            offsets.Remove(partition);
            if (end.IsCommit)
            {
                Apply(partition, stored.Value, stored.BatchOffset);
            }
        }

        if (offsets.Count > 0)
        {
            return true;
        }

        _transactional.Remove(producerId);
        return false;
    }

    /// <summary>Takes over what the log holds, and the table with it.</summary>
    public void Restore(OffsetTable offsets) => _committed = offsets;

    // ----------------------------------------------------------------------------------------------------------- removing

    /// <summary>Forgets partitions, whatever is on its way for them; those that had a committed offset come back.</summary>
    public List<TopicPartition> Remove(IEnumerable<TopicPartition> partitions)
    {
        var removed = new List<TopicPartition>();
        foreach (var partition in partitions)
        {
            _pending.Remove(partition);
            foreach (var offsets in _transactional.Values)
            {
                offsets.Remove(partition);
            }

            if (_committed.Remove(partition))
            {
                removed.Add(partition);
            }
        }

        return removed;
    }

    public List<TopicPartition> RemoveAll() => Remove(_committed.Partitions());

    /// <summary>Forgets what has expired and is not about to be replaced; the partitions come back.</summary>
    public List<TopicPartition> RemoveWhere(Func<TopicPartition, CommittedOffset, bool> isExpired)
    {
        var removed = new List<TopicPartition>();
        for (var place = 0; place < _committed.Count; place++)
        {
            _committed.At(place, out var partition, out var stored);
            if (!_pending.ContainsKey(partition) && isExpired(partition, stored.Value))
            {
                removed.Add(partition);
            }
        }

        foreach (var partition in removed)
        {
            _committed.Remove(partition);
        }

        return removed;
    }
}
