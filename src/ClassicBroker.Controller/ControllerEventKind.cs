namespace ClassicBroker.Controller;

/// <summary>
/// What a controller is doing, with the numbers of Kafka's <c>ControllerState</c>. All but idle have a rate and time in
/// <c>ControllerStats</c>.
/// </summary>
internal enum ControllerEventKind
{
    Idle = 0,
    ControllerChange = 1,
    BrokerChange = 2,
    TopicChange = 3,
    TopicDeletion = 4,
    PartitionReassignment = 5,
    AutoLeaderBalance = 6,
    ManualLeaderBalance = 7,
    ControlledShutdown = 8,
    IsrChange = 9,
    LeaderAndIsrResponseReceived = 10,
    LogDirChange = 11,
    ControllerShutdown = 12,
    UncleanLeaderElectionEnable = 13,
    TopicUncleanLeaderElectionEnable = 14,
    ListPartitionReassignment = 15,
    UpdateFeatures = 17,
}
