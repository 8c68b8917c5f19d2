namespace ClassicBroker.Metadata.Images;

/// <summary>A partition as the controller last told of it. The arrays must not be changed.</summary>
public sealed record PartitionImage
{
    public required int Partition { get; init; }

    /// <summary>The broker's id; -1 where there is no leader.</summary>
    public required int Leader { get; init; }

    public required int LeaderEpoch { get; init; }

    public required int[] Replicas { get; init; }

    public required int[] Isr { get; init; }

    public required int[] OfflineReplicas { get; init; }

    public required int PartitionEpoch { get; init; }

    public required int ControllerEpoch { get; init; }
}
