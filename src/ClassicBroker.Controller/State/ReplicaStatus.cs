namespace ClassicBroker.Controller.State;

/// <summary>Where a replica stands in the controller's eyes. Members are named as Kafka's logs name them.</summary>
internal enum ReplicaStatus
{
    NewReplica = 1,
    OnlineReplica,
    OfflineReplica,
    ReplicaDeletionStarted,
    ReplicaDeletionSuccessful,
    ReplicaDeletionIneligible,
    NonExistentReplica,
}
