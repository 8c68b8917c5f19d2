namespace ClassicBroker.Client;

/// <summary>A partition as its cluster tells of it. Immutable.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Leader">Id of its leader; -1 where it has none.</param>
/// <param name="LeaderEpoch">Epoch of the leader; -1 where unknown.</param>
/// <param name="Replicas">Ids of its replicas, the preferred leader first.</param>
/// <param name="Isr">Ids of those in sync.</param>
public sealed record PartitionDescription(
    int Partition, int Leader, int LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> Isr);
