namespace ClassicBroker.Controller.State;

/// <summary>Where a partition stands in the controller's eyes. Members are named as Kafka's logs name them.</summary>
internal enum PartitionStatus
{
    NewPartition,
    OnlinePartition,
    OfflinePartition,
    NonExistentPartition,
}
