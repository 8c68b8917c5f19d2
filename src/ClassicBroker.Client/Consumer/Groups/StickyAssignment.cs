using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// An assignment that moves as little as it can: everybody keeps what it owned, what is free goes to those with least, and only then do
/// partitions move from those with most to those with least, until no move makes it more even. Used once.
/// </summary>
internal sealed class StickyAssignment
{
    private readonly IReadOnlyList<SubscribedMember> _members;
    private readonly SortedDictionary<TopicPartition, string?> _owners = [];
    private readonly Dictionary<string, SortedSet<TopicPartition>> _assigned;
    private readonly Dictionary<string, HashSet<string>> _topics;

    private StickyAssignment(IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        _members = members;
        _assigned = members.ToDictionary(member => member.MemberId, _ => new SortedSet<TopicPartition>(), StringComparer.Ordinal);
        _topics = members.ToDictionary(
            member => member.MemberId, member => member.Topics.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (topic, count) in partitionCounts)
        {
            for (var partition = 0; partition < count; partition++)
            {
                _owners.Add(new(topic, partition), null);
            }
        }
    }

    /// <param name="partitionCounts">Partitions of each topic.</param>
    /// <param name="members">All members.</param>
    /// <param name="owned">What each had, and in which generation.</param>
    public static Dictionary<string, IReadOnlyList<TopicPartition>> Make(
        IReadOnlyDictionary<string, int> partitionCounts,
        IReadOnlyList<SubscribedMember> members,
        Func<SubscribedMember, (IReadOnlyList<TopicPartition> Partitions, int Generation)> owned)
    {
        var assignment = new StickyAssignment(partitionCounts, members);
        assignment.Keep(owned);
        assignment.GiveOut();
        assignment.Balance();
        return assignment._assigned.ToDictionary(
            entry => entry.Key, entry => (IReadOnlyList<TopicPartition>)[.. entry.Value], StringComparer.Ordinal);
    }

    /// <summary>Of two that claim a partition the one of the later generation keeps it, and neither where they are of the same.</summary>
    private void Keep(Func<SubscribedMember, (IReadOnlyList<TopicPartition> Partitions, int Generation)> owned)
    {
        var claims = new Dictionary<TopicPartition, (string? MemberId, int Generation)>();
        foreach (var member in _members)
        {
            var (partitions, generation) = owned(member);
            foreach (var partition in partitions)
            {
                if (!_owners.ContainsKey(partition) || !_topics[member.MemberId].Contains(partition.Topic))
                {
                    continue;
                }

                if (!claims.TryGetValue(partition, out var claim) || generation > claim.Generation)
                {
                    claims[partition] = (member.MemberId, generation);
                }
                else if (generation == claim.Generation)
                {
                    claims[partition] = (null, generation);
                }
            }
        }

        foreach (var (partition, claim) in claims)
        {
            if (claim.MemberId is { } memberId)
            {
                Give(partition, memberId);
            }
        }
    }

    private void GiveOut()
    {
        foreach (var partition in _owners.Where(entry => entry.Value is null).Select(entry => entry.Key).ToList())
        {
            if (LeastLoaded(partition.Topic) is { } memberId)
            {
                Give(partition, memberId);
            }
        }
    }

    private void Balance()
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (partition, owner) in _owners.ToList())
            {
                if (owner is not null
                    && LeastLoaded(partition.Topic) is { } least
                    && _assigned[owner].Count > _assigned[least].Count + 1)
                {
                    _assigned[owner].Remove(partition);
                    Give(partition, least);
                    moved = true;
                }
            }
        }
    }

    private string? LeastLoaded(string topic)
    {
        string? least = null;
        foreach (var member in _members)
        {
            if (_topics[member.MemberId].Contains(topic) && (least is null || _assigned[member.MemberId].Count < _assigned[least].Count))
            {
                least = member.MemberId;
            }
        }

        return least;
    }

    private void Give(TopicPartition partition, string memberId)
    {
        _owners[partition] = memberId;
        _assigned[memberId].Add(partition);
    }
}
