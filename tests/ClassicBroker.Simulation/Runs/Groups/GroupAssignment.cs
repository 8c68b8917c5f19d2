using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>
/// What the leader of a simulated group decides: partitions in equal parts; members that cooperate keep what they own as far as that goes,
/// and what is to change hands is given to none before its owner has let it go. Stateless.
/// </summary>
internal static class GroupAssignment
{
    /// <param name="members">The members in order, and what each owns; nothing where the protocol is eager.</param>
    /// <param name="partitions">What is to be assigned.</param>
    public static SortedDictionary<string, List<TopicPartition>> Of(
        SortedDictionary<string, IReadOnlyList<TopicPartition>> members, IReadOnlyList<TopicPartition> partitions)
    {
        var parts = new SortedDictionary<string, List<TopicPartition>>(StringComparer.Ordinal);
        var free = new List<TopicPartition>(partitions);
        var quota = (partitions.Count + members.Count - 1) / members.Count;
        var claims = partitions.ToDictionary(partition => partition, partition => members.Count(member => member.Value.Contains(partition)));
        foreach (var (member, owned) in members)
        {
            // What two claim, one of them has lost without knowing it: both have to let it go.
            parts[member] = [.. owned.Where(partition => claims.GetValueOrDefault(partition) == 1).Take(quota)];
            free.RemoveAll(parts[member].Contains);
        }

        foreach (var partition in free)
        {
            var target = parts.MinBy(part => part.Value.Count).Key;
            if (claims[partition] == 0)
            {
                parts[target].Add(partition);
            }
        }

        return parts;
    }
}
