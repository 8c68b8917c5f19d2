namespace ClassicBroker.Metadata;

/// <summary>
/// The replicas of a partition in order of preference, and which of them a reassignment is adding or removing (KIP-455).
/// Equality is by content.
/// </summary>
public sealed record ReplicaAssignment(IReadOnlyList<int> Replicas, IReadOnlyList<int> AddingReplicas, IReadOnlyList<int> RemovingReplicas)
{
    public static readonly ReplicaAssignment Empty = new([]);

    public ReplicaAssignment(IReadOnlyList<int> replicas)
        : this(replicas, [], [])
    {
    }

    public bool IsBeingReassigned => AddingReplicas.Count > 0 || RemovingReplicas.Count > 0;

    /// <summary>The replicas as they were before the reassignment under way.</summary>
    public IReadOnlyList<int> OriginReplicas => AddingReplicas.Count == 0 ? Replicas : [.. Replicas.Except(AddingReplicas)];

    /// <summary>The replicas as they will be after the reassignment under way.</summary>
    public IReadOnlyList<int> TargetReplicas => RemovingReplicas.Count == 0 ? Replicas : [.. Replicas.Except(RemovingReplicas)];

    /// <summary>The assignment that moves this partition to <paramref name="target"/>: the union, targets first.</summary>
    public ReplicaAssignment ReassignTo(IReadOnlyList<int> target)
    {
        var origin = OriginReplicas;
        int[] full = [.. target.Concat(origin).Distinct()];
        return new(full, [.. full.Except(origin)], [.. full.Except(target)]);
    }

    public bool Equals(ReplicaAssignment? other) =>
        other is not null && Replicas.SequenceEqual(other.Replicas)
        && AddingReplicas.SequenceEqual(other.AddingReplicas) && RemovingReplicas.SequenceEqual(other.RemovingReplicas);

    public override int GetHashCode() => Replicas.Aggregate(17, (hash, replica) => unchecked((hash * 31) + replica));

    public override string ToString() =>
        $"ReplicaAssignment(replicas={string.Join(',', Replicas)}, addingReplicas={string.Join(',', AddingReplicas)}, "
        + $"removingReplicas={string.Join(',', RemovingReplicas)})";
}
