using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>Topic by topic, the same share of neighbouring partitions to each member; the first members get what is left over.</summary>
internal sealed class RangeAssignor : IPartitionAssignor
{
    public string Name => "range";

    public bool IsCooperative => false;

    public byte[]? UserData(IReadOnlyList<TopicPartition> owned, int generation) => null;

    public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        var assigned = members.ToDictionary(member => member.MemberId, _ => new List<TopicPartition>(), StringComparer.Ordinal);
        foreach (var (topic, count) in partitionCounts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            SubscribedMember[] subscribers = [.. members.Where(member => member.Topics.Contains(topic, StringComparer.Ordinal))];
            var next = 0;
            for (var i = 0; i < subscribers.Length; i++)
            {
                var share = (count / subscribers.Length) + (i < count % subscribers.Length ? 1 : 0);
                for (var left = share; left > 0; left--)
                {
                    assigned[subscribers[i].MemberId].Add(new(topic, next++));
                }
            }
        }

        return assigned.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<TopicPartition>)entry.Value, StringComparer.Ordinal);
    }
}
