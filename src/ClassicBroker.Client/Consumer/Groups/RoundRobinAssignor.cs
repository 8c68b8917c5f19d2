using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>All partitions of all topics in turn, each to the next member that subscribes its topic.</summary>
internal sealed class RoundRobinAssignor : IPartitionAssignor
{
    public string Name => "roundrobin";

    public bool IsCooperative => false;

    public byte[]? UserData(IReadOnlyList<TopicPartition> owned, int generation) => null;

    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        var assigned = members.ToDictionary(member => member.MemberId, _ => new List<TopicPartition>(), StringComparer.Ordinal);
        var next = 0;
        foreach (var (topic, count) in partitionCounts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!members.Any(member => member.Topics.Contains(topic, StringComparer.Ordinal)))
            {
                continue;
            }

            for (var partition = 0; partition < count; partition++)
            {
                while (!members[next % members.Count].Topics.Contains(topic, StringComparer.Ordinal))
                {
                    next++;
                }

                assigned[members[next++ % members.Count].MemberId].Add(new(topic, partition));
            }
        }

        return assigned.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<TopicPartition>)entry.Value, StringComparer.Ordinal);
    }
}
