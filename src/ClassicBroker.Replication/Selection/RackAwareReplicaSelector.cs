namespace ClassicBroker.Replication.Selection;

/// <summary>
/// Kafka's selector of that name (KIP-392): a replica in the consumer's own rack, the leader if it is there, else the one that has come
/// farthest. Stateless.
/// </summary>
public static class RackAwareReplicaSelector
{
    /// <summary>The replica to read from; the leader's where none is nearer.</summary>
    /// <param name="rack">The consumer's.</param>
    /// <param name="leader">The leader's replica.</param>
    /// <param name="followers">Followers in sync that have the offset wanted.</param>
    /// <param name="rackOf">A broker's rack; null where it has none, or cannot be reached on the consumer's listener.</param>
    public static int Select(string rack, int leader, IReadOnlyList<ReplicaView> followers, Func<int, string?> rackOf)
    {
        if (rack.Length == 0 || rackOf(leader) == rack)
        {
            return leader;
        }

        ReplicaView? best = null;
        foreach (var follower in followers)
        {
            if (rackOf(follower.BrokerId) == rack && (best is not { } current || IsAhead(follower, current)))
            {
                best = follower;
            }
        }

        return best?.BrokerId ?? leader;
    }

    /// <summary>The larger log end; then who was caught up last; then the larger id, so that no order decides.</summary>
    private static bool IsAhead(in ReplicaView left, in ReplicaView right) =>
        (left.LogEndOffset, -left.SinceCaughtUpMs, left.BrokerId)
            .CompareTo((right.LogEndOffset, -right.SinceCaughtUpMs, right.BrokerId)) > 0;
}
