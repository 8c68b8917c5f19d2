namespace ClassicBroker.Metadata.Images;

/// <summary>A partition as the controller last told of it. The arrays must not be changed.</summary>
public sealed record PartitionImage(
    int Partition,
    int Leader,
    int LeaderEpoch,
    int[] Replicas,
    int[] Isr,
    int[] OfflineReplicas,
    int PartitionEpoch,
    int ControllerEpoch);
