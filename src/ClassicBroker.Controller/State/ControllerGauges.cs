namespace ClassicBroker.Controller.State;

/// <summary>What a controller counts of its cluster at one moment; those of an idle cluster while inactive.</summary>
internal sealed record ControllerGauges
{
    public static readonly ControllerGauges Inactive = new();

    public int ActiveBrokers { get; init; }

    public int Topics { get; init; }

    public int Partitions { get; init; }

    public int OfflinePartitions { get; init; }

    public int PreferredReplicaImbalance { get; init; }

    public int TopicsToDelete { get; init; }

    public int TopicsIneligibleToDelete { get; init; }

    public int ReplicasToDelete { get; init; }

    public int ReplicasIneligibleToDelete { get; init; }

    public int ReassigningPartitions { get; init; }

    /// <summary>How many of the reassignments under way together are done; 100 where there is none.</summary>
    public int ReassignmentPercent { get; init; } = 100;
}
