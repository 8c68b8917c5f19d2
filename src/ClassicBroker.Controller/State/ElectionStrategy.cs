namespace ClassicBroker.Controller.State;

/// <summary>Why a leader is elected, which decides who may be and who hears of it.</summary>
internal enum ElectionStrategy
{
    /// <summary>The leader is gone; an out-of-sync replica only where the topic allows it.</summary>
    Offline,

    /// <summary>The leader is gone; any replica will do, an operator said so.</summary>
    OfflineUnclean,

    /// <summary>A reassignment removes the leader.</summary>
    Reassign,

    /// <summary>The first replica is to lead.</summary>
    Preferred,

    /// <summary>The leader's broker is about to stop.</summary>
    ControlledShutdown,
}
