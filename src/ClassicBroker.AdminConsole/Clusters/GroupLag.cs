using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>How far a group is behind, by partition. Immutable.</summary>
/// <param name="Offsets">What it has committed.</param>
/// <param name="Ends">Where those partitions end; those that have no leader are missing.</param>
internal sealed record GroupLag(
    IReadOnlyDictionary<TopicPartition, GroupOffset> Offsets, IReadOnlyDictionary<TopicPartition, long> Ends)
{
    /// <summary>Of all partitions whose end is known.</summary>
    public long Total => Offsets.Keys.Sum(partition => Of(partition) ?? 0);

    public static async Task<GroupLag> ReadAsync(ConsoleCluster cluster, string group)
    {
        var offsets = await cluster.Admin.ListGroupOffsetsAsync(group);
        return new(offsets, await cluster.OffsetsAsync(offsets.Keys, ConsoleCluster.Latest));
    }

    /// <summary>Null where the partition has no leader, or is gone.</summary>
    public long? Of(TopicPartition partition) =>
        Offsets.TryGetValue(partition, out var offset) && Ends.TryGetValue(partition, out var end) ? Math.Max(0, end - offset.Offset)
            : null;
}
