namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>What can go wrong in a simulated run.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a broker, which is started again later.</summary>
    Kill,

    /// <summary>The power of a broker's machine goes: what was not synced may be lost.</summary>
    PowerCut,

    /// <summary>A broker is stopped in order and started again.</summary>
    Restart,

    /// <summary>Two brokers cannot reach each other for a while.</summary>
    Partition,

    /// <summary>What one broker sends another does not arrive for a while; the other direction works.</summary>
    OneWayCut,

    /// <summary>The connections between two brokers break.</summary>
    Reset,

    /// <summary>Everything on the network takes long for a while.</summary>
    SlowNetwork,

    /// <summary>A broker's ZooKeeper session ends; it learns of it at once.</summary>
    SessionExpiry,

    /// <summary>A broker loses ZooKeeper for a while, longer or shorter than its session.</summary>
    ZooKeeperAway,
}
