using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Rpc.Tracing;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Logging;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server;

/// <summary>
/// Everything outside that a broker stands on: real in the executable, simulated in tests. The loops are the broker's alone; who made
/// them ends them after the broker has stopped.
/// </summary>
public sealed record KafkaServerEnvironment
{
    public required IFileSystem Files { get; init; }

    public required ITransport Transport { get; init; }

    /// <summary>Where hosts named in the configuration are.</summary>
    public required IAddressResolver Resolver { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>
    /// Where the broker's metrics are shown; disposed of by its maker, after the broker. Where none is given the broker has its own.
    /// </summary>
    public MeterScope? Meters { get; init; }

    /// <summary>Tells of each request as an Activity; null tells of none.</summary>
    public RequestActivities? Activities { get; init; }

    /// <summary>The levels of what <see cref="Loggers"/> makes.</summary>
    public required ILoggerLevels LoggerLevels { get; init; }

    /// <summary>Of the transport: where the ZooKeeper session lives, and what follows it.</summary>
    public required IEventLoop ZooKeeperLoop { get; init; }

    public required IEventLoop ControllerLoop { get; init; }

    /// <summary>Timeouts, intervals and the upkeep of ISRs. Nothing that touches a disk runs there.</summary>
    public required IEventLoop SchedulerLoop { get; init; }

    /// <summary>Where LeaderAndIsr, StopReplica and UpdateMetadata are carried out, which make and remove logs.</summary>
    public required IEventLoop ReplicaStateLoop { get; init; }

    /// <summary>The group coordinator's: its timers, what it loads, offsets that expire.</summary>
    public required IEventLoop GroupLoop { get; init; }

    /// <summary>
    /// The transaction coordinator's: its sweeps, what it loads, markers, and the connections they and verifications travel on. Of the
    /// transport.
    /// </summary>
    public required IEventLoop TransactionLoop { get; init; }

    /// <summary>Flushes, retention, checkpoints, deletions: <c>background.threads</c>.</summary>
    public required IExecutor DiskWork { get; init; }

    /// <summary>
    /// Reads that may take long, such as lookups by time and conversions to old formats, off the network loops: <c>num.io.threads</c>.
    /// Where none is given they share <see cref="DiskWork"/>.
    /// </summary>
    public IExecutor LongReads
    {
        get => field ?? DiskWork;
        init;
    }

    /// <summary>
    /// Copies between log directories, which wait for the slower of two disks: <c>num.replica.alter.log.dirs.threads</c>. Where none is
    /// given they share <see cref="DiskWork"/>.
    /// </summary>
    public IExecutor LogDirMoves
    {
        get => field ?? DiskWork;
        init;
    }

    /// <summary>How many files and connections the process may have open.</summary>
    public long OpenFilesMax { get; init; } = long.MaxValue;

    /// <summary>Told of the broker when it is made and has not started.</summary>
    public Action<KafkaServer>? Created { get; init; }

    /// <summary>Told of each changed configuration, for the number of threads of what was made outside.</summary>
    public Action<KafkaConfig>? Reconfigured { get; init; }

    /// <summary>
    /// As many loops as asked for, of the transport: where followers fetch and append, shared out over leaders and
    /// <c>num.replica.fetchers</c>. Asked again when that changes; one suffices, whatever is asked for.
    /// </summary>
    public required Func<int, IReadOnlyList<IEventLoop>> FetcherLoops { get; init; }

    /// <summary>
    /// As many loops as asked for, one suffices: where logs are loaded at start, <c>num.recovery.threads.per.data.dir</c> for each log
    /// directory. Asked once, and not used once the broker serves.
    /// </summary>
    public required Func<int, IReadOnlyList<IEventLoop>> RecoveryLoops { get; init; }

    /// <summary>Opens the session with ZooKeeper in place of the real client; null has the broker open one over the transport.</summary>
    public Func<Task<IZooKeeper>>? OpenZooKeeper { get; init; }

    /// <summary>Which followers may join an ISR; where none is given, those that have all that may be committed.</summary>
    public Func<FollowerProgress, bool> MayJoinIsr { get; init; } = ReplicationSettings.IsComplete;

    /// <summary>What to advertise where a listener names no host.</summary>
    public required string CanonicalHostName { get; init; }

    /// <summary>The port of a Java management agent that the broker's registration shows; -1 for none.</summary>
    public int JmxPort { get; init; } = -1;

    /// <summary>Java's system properties, as <c>KAFKA_OPTS</c> sets them, of which a few mean something here.</summary>
    public IReadOnlyDictionary<string, string> SystemProperties { get; init; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The system's Kerberos, for GSSAPI; null where there is none.</summary>
    public IKerberos? Kerberos { get; init; }

    /// <summary>Ends the process at once, with the exit code given: there is nothing left to serve, or our own state is wrong.</summary>
    public required Action<int> Halt { get; init; }
}
