namespace ClassicBroker.ZooKeeper.Server;

/// <summary>How a server runs: the keys of <c>zookeeper.properties</c> it knows, checked.</summary>
public sealed record ZooKeeperServerConfig
{
    public const int ClientPortDefault = 2181;

    /// <summary>As Apache ZooKeeper: one byte less than 1 MiB.</summary>
    public const int JuteMaxBufferDefault = 0xfffff;

    /// <summary><c>dataDir</c>: where snapshots are kept.</summary>
    public required string DataDir { get; init; }

    /// <summary><c>dataLogDir</c>: where the transaction log is kept.</summary>
    public required string DataLogDir { get; init; }

    public int ClientPort { get; init; } = ClientPortDefault;

    /// <summary><c>clientPortAddress</c>; null binds every address.</summary>
    public string? ClientPortAddress { get; init; }

    /// <summary><c>tickTime</c>: how often sessions are looked at, and the unit of the session timeout bounds.</summary>
    public int TickTimeMs { get; init; } = 3000;

    public int MinSessionTimeoutMs { get; init; } = 2 * 3000;

    public int MaxSessionTimeoutMs { get; init; } = 20 * 3000;

    /// <summary><c>maxClientCnxns</c>: connections of one address, 0 for no limit.</summary>
    public int MaxClientCnxns { get; init; } = 60;

    /// <summary><c>snapCount</c>: transactions between snapshots.</summary>
    public int SnapCount { get; init; } = 100_000;

    /// <summary><c>autopurge.snapRetainCount</c>: snapshots kept; older ones go when a new one is taken.</summary>
    public int SnapRetainCount { get; init; } = 3;

    /// <summary><c>preAllocSize</c>, there in KiB: room a log file reserves at a time.</summary>
    public long PreallocateBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary><c>jute.maxbuffer</c>: the largest request.</summary>
    public int JuteMaxBuffer { get; init; } = JuteMaxBufferDefault;

    /// <summary><c>extendedTypesEnabled</c>: whether znodes with a time to live may be created.</summary>
    public bool ExtendedTypesEnabled { get; init; }

    /// <summary><c>4lw.commands.whitelist</c>: four-letter words answered; all of them where it is <c>*</c>.</summary>
    public IReadOnlyCollection<string> FourLetterWords { get; init; } =
        ["conf", "cons", "dump", "envi", "isro", "mntr", "ruok", "srvr", "stat", "wchs", "dirs", "gtmk", "hash"];
}
