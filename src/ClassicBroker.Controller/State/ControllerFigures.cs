namespace ClassicBroker.Controller.State;

/// <summary>What a controller counts of its cluster at one moment; all zero out of office.</summary>
internal sealed record ControllerFigures
{
    public static readonly ControllerFigures OutOfOffice = new();

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
}
