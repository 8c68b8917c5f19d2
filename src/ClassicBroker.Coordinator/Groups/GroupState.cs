namespace ClassicBroker.Coordinator.Groups;

/// <summary>The states of a group, by the names Kafka gives them on the wire.</summary>
internal enum GroupState : byte
{
    /// <summary>No members; perhaps offsets.</summary>
    Empty,

    /// <summary>Members are asked to join again; the next generation begins once they have.</summary>
    PreparingRebalance,

    /// <summary>The generation has begun; the leader's assignment is awaited.</summary>
    CompletingRebalance,

    /// <summary>Every member can have its assignment.</summary>
    Stable,

    /// <summary>Deleted, or coordinated elsewhere by now.</summary>
    Dead,
}
