namespace ClassicBroker.ZooKeeper;

/// <summary>How long a znode lives and how its name comes about. Values are the wire's flags.</summary>
public enum CreateMode
{
    Persistent = 0,

    /// <summary>Deleted by the ensemble when its session ends.</summary>
    Ephemeral = 1,

    /// <summary>The ensemble appends a ten-digit number that only grows under this parent.</summary>
    PersistentSequential = 2,
    EphemeralSequential = 3,

    /// <summary>Deleted by the ensemble some time after its last child went.</summary>
    Container = 4,

    /// <summary>Deleted by the ensemble when it was not set, and had no children, for its time to live.</summary>
    PersistentWithTtl = 5,
    PersistentSequentialWithTtl = 6,
}
