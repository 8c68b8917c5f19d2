using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// One partition of <c>__consumer_offsets</c> and the groups stored in it, as long as this broker leads it. Owned by
/// <see cref="GroupPartitions"/>. Threading: any; its lock guards which groups there are, is taken after a group's and calls nothing.
/// </summary>
internal sealed class GroupPartition(int index) : CoordinatedPartition(TopicName.ConsumerOffsets, index)
{
    private Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private Dictionary<long, List<Group>> _openTransactions = [];

    /// <summary>Markers written while the partition is loaded, which the load may have passed by already.</summary>
    private List<(long ProducerId, TransactionEnd End)> _endedWhileLoading = [];

    /// <summary>
    /// The group, made where asked for; null with NONE where there is none. The group may be dead by the time its lock is taken.
    /// </summary>
    public ErrorCode TryGetGroup(string groupId, bool mayCreate, out Group? group)
    {
        lock (Lock)
        {
            if (!IsOwned)
            {
                group = null;
                return AvailabilityNow;
            }

            if (!_groups.TryGetValue(groupId, out group) && mayCreate)
            {
                group = new Group(groupId, this);
                _groups.Add(groupId, group);
            }

            return ErrorCode.None;
        }
    }

    /// <summary>All groups as they are now, in no order.</summary>
    public Group[] Groups()
    {
        lock (Lock)
        {
            return [.. _groups.Values];
        }
    }

    /// <summary>Opens the partition with what the log holds; false where it has gone elsewhere while that was read.</summary>
    public bool EndLoading(int epoch, IEnumerable<Group> groups)
    {
        lock (Lock)
        {
            if (!Own(epoch))
            {
                return false;
            }

            foreach (var group in groups)
            {
                foreach (var (producerId, end) in _endedWhileLoading)
                {
                    group.Offsets.EndTransaction(producerId, end);
                }

                _groups.Add(group.Id, group);
                foreach (var producerId in group.Offsets.PendingProducers())
                {
                    Open(producerId, group);
                }
            }

            _endedWhileLoading = [];
            return true;
        }
    }

    /// <summary>
    /// This broker no longer leads the partition: its groups, for the caller to end. An older epoch than known changes nothing; null is
    /// newer than all.
    /// </summary>
    public Group[] Close(int? epoch)
    {
        lock (Lock)
        {
            if (!Leave(epoch))
            {
                return [];
            }

            Group[] closed = [.. _groups.Values];
            _groups = new(StringComparer.Ordinal);
            _openTransactions = [];
            _endedWhileLoading = [];
            return closed;
        }
    }

    /// <summary>Forgets a dead group; false where another has its place.</summary>
    public bool Remove(Group group)
    {
        lock (Lock)
        {
            return _groups.TryGetValue(group.Id, out var known) && known == group && _groups.Remove(group.Id);
        }
    }

    /// <summary>The group has offsets of a transaction of this producer that is not decided yet.</summary>
    public void OpenTransaction(long producerId, Group group)
    {
        lock (Lock)
        {
            Open(producerId, group);
        }
    }

    /// <summary>The groups that wait for this producer's transaction, which is decided now; those being loaded hear of it then.</summary>
    public IReadOnlyList<Group> CloseTransaction(long producerId, in TransactionEnd end)
    {
        lock (Lock)
        {
            if (AvailabilityNow == ErrorCode.CoordinatorLoadInProgress)
            {
                _endedWhileLoading.Add((producerId, end));
            }

            return _openTransactions.Remove(producerId, out var groups) ? groups : [];
        }
    }

    private void Open(long producerId, Group group)
    {
        if (!_openTransactions.TryGetValue(producerId, out var groups))
        {
            _openTransactions.Add(producerId, groups = []);
        }

        if (!groups.Contains(group))
        {
            groups.Add(group);
        }
    }
}
