namespace ClassicBroker.Simulation.Runs;

/// <summary>What can go wrong, or be asked for, in a simulated run.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a broker, which is started again later.</summary>
    Kill,

    /// <summary>
    /// The power of a broker's machine goes: what was not synced may be lost, and pages may be torn. The others are well until it is back in
    /// sync: without syncs Kafka promises no more (KIP-966).
    /// </summary>
    PowerCut,

    /// <summary>
    /// The same after a moment without load, in which all have checkpointed what is committed: whatever fails next, a replica that lost
    /// some of it knows, and does not lead.
    /// </summary>
    PowerCutAtRest,

    /// <summary>A broker is stopped in order and started again.</summary>
    Restart,

    /// <summary>SIGSTOP of a broker, shorter or longer than its session.</summary>
    Pause,

    /// <summary>Two brokers cannot reach each other for a while.</summary>
    Partition,

    /// <summary>What one broker sends another does not arrive for a while; the other direction works.</summary>
    OneWayCut,

    /// <summary>The connections between two brokers break.</summary>
    Reset,

    /// <summary>The connections between two brokers carry nothing any more, and neither side learns of it.</summary>
    HalfOpen,

    /// <summary>Everything on the network takes long for a while.</summary>
    SlowNetwork,

    /// <summary>What one broker sends another takes long for a while.</summary>
    SlowLink,

    /// <summary>A broker's ZooKeeper session ends; it learns of it at once.</summary>
    SessionExpiry,

    /// <summary>A broker loses ZooKeeper for a while, longer or shorter than its session, whose end it learns late.</summary>
    ZooKeeperAway,

    /// <summary>A broker's ZooKeeper server lags behind the ensemble for a while.</summary>
    StaleZooKeeper,

    /// <summary>A write to ZooKeeper is done or not, and its answer is lost with the connection.</summary>
    LostZooKeeperReply,

    /// <summary>An operator deletes <c>/controller</c>.</summary>
    ControllerRemoved,

    /// <summary>A broker's disk refuses with EIO, once or for a while.</summary>
    DiskError,

    /// <summary>A sync of a broker's disk fails.</summary>
    SyncError,

    /// <summary>A broker's disk is full for a while.</summary>
    DiskFull,

    /// <summary>A broker's disk does not answer for a while.</summary>
    DiskStall,

    /// <summary>The clock of a broker jumps, by seconds or by a day, forth or back.</summary>
    ClockJump,

    /// <summary>A partition is given other replicas, or the same in another order.</summary>
    Reassign,

    /// <summary>The preferred leaders are elected.</summary>
    ElectPreferred,

    /// <summary>A replica is moved to another log directory of its broker, or back before it is there.</summary>
    MoveLogDirectory,

    /// <summary>kill -9 of a broker at one of the next changes its cleaner makes to the names or the content of files.</summary>
    KillMidClean,

    /// <summary>
    /// As <see cref="PowerCutAtRest"/>, and all others are killed at the same moment: the one that lost its power is back first. Never
    /// drawn.
    /// </summary>
    OutageAtRest,

    /// <summary>The power of all machines goes at once. Only with <c>durability=fsync</c>, which promises to lose nothing acknowledged.</summary>
    PowerCutOfAll,
}
