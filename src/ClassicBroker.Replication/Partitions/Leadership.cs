using ClassicBroker.Metadata;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// Who leads a partition, as the last LeaderAndIsr told. Immutable and swapped whole, so that fetches read it without a lock.
/// </summary>
internal sealed record Leadership
{
    /// <summary>Before the first LeaderAndIsr; lower than any epoch a controller sends.</summary>
    public static Leadership None { get; } = new();

    public int Leader { get; init; } = LeaderAndIsr.NoLeader;

    public int LeaderEpoch { get; init; } = LeaderAndIsr.InitialLeaderEpoch - 1;

    public int PartitionEpoch { get; init; } = LeaderAndIsr.InitialPartitionEpoch;

    public int ControllerEpoch { get; init; }

    public bool IsLocal { get; init; }

    /// <summary>The log end offset at which this broker began to lead in this epoch; meaningless on followers.</summary>
    public long EpochStartOffset { get; init; } = -1;

    /// <summary>The epoch since which this broker leads without a break: what it has appended since was not cut. For leaders.</summary>
    public int LedSinceEpoch { get; init; }

    public IReadOnlyList<int> Replicas { get; init; } = [];

    public IReadOnlyList<int> AddingReplicas { get; init; } = [];

    public IReadOnlyList<int> RemovingReplicas { get; init; } = [];

    /// <summary>Replicas the topic asks for: those being added come on top until the reassignment is over.</summary>
    public int ReplicationFactor => Replicas.Count - AddingReplicas.Count;
}
