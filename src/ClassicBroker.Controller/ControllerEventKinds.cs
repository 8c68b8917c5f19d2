namespace ClassicBroker.Controller;

/// <summary>Which state of a controller an event belongs to, by the event's name, and what Kafka calls the metric of that state.</summary>
internal static class ControllerEventKinds
{
    public static ControllerEventKind Of(string eventName) => eventName switch
    {
        "ControllerChange" or "Reelect" or "Startup" or "RegisterBrokerAndReelect" or "Expire" => ControllerEventKind.ControllerChange,
        "BrokerChange" or "BrokerModifications" => ControllerEventKind.BrokerChange,
        "TopicChange" or "PartitionModifications" => ControllerEventKind.TopicChange,
        "TopicDeletion" or "TopicDeletionStopReplicaResponseReceived" => ControllerEventKind.TopicDeletion,
        "ZkPartitionReassignment" or "ApiPartitionReassignment" or "PartitionReassignmentIsrChange" or "CompleteReassignments" =>
            ControllerEventKind.PartitionReassignment,
        "AutoPreferredReplicaLeaderElection" => ControllerEventKind.AutoLeaderBalance,
        "ReplicaLeaderElection" => ControllerEventKind.ManualLeaderBalance,
        "ControlledShutdown" => ControllerEventKind.ControlledShutdown,
        "IsrChangeNotification" or "AlterPartitionReceived" => ControllerEventKind.IsrChange,
        "LeaderAndIsrResponseReceived" => ControllerEventKind.LeaderAndIsrResponseReceived,
        "LogDirEventNotification" => ControllerEventKind.LogDirChange,
        "ShutdownEventThread" => ControllerEventKind.ControllerShutdown,
        "UncleanLeaderElectionEnable" => ControllerEventKind.UncleanLeaderElectionEnable,
        "TopicUncleanLeaderElectionEnable" => ControllerEventKind.TopicUncleanLeaderElectionEnable,
        "ListPartitionReassignments" => ControllerEventKind.ListPartitionReassignment,
        "UpdateFeatures" => ControllerEventKind.UpdateFeatures,
        _ => ControllerEventKind.Idle,
    };

    /// <summary>What a broker that comes or goes brings about are elections: Kafka names the metric for these.</summary>
    public static string RateName(this ControllerEventKind kind) =>
        kind == ControllerEventKind.BrokerChange ? "LeaderElection" : kind.ToString();
}
