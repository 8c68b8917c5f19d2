namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>What is done to a cluster, and undone again.</summary>
public enum FaultKind
{
    /// <summary>kill -9; started again when the session has ended.</summary>
    Kill,

    /// <summary>kill -9; started again at once, within the old session.</summary>
    KillWithinSession,

    /// <summary>SIGSTOP for less than the session lasts.</summary>
    PauseWithinSession,

    /// <summary>SIGSTOP for longer than the session lasts.</summary>
    PauseBeyondSession,

    /// <summary>SIGTERM, and a start.</summary>
    Restart,

    /// <summary>Nothing passes between a broker and the others, ZooKeeper and clients excepted.</summary>
    CutFromBrokers,

    /// <summary>Nothing that a broker sends to the others arrives.</summary>
    CutToBrokers,

    /// <summary>Nothing that the others send to a broker arrives.</summary>
    CutFromOthersOneWay,

    /// <summary>Nothing passes between a broker and ZooKeeper.</summary>
    CutFromZooKeeper,

    /// <summary>Nothing that ZooKeeper sends to a broker arrives.</summary>
    CutFromZooKeeperOneWay,

    /// <summary>A broker reaches nothing and nothing reaches it.</summary>
    Isolate,

    /// <summary>kill -9 of the ZooKeeper that leads; started again.</summary>
    KillZooKeeperLeader,
}
