using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Quotas;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Makes the replicas of a broker; the way their ISR changes take, to the controller or to ZooKeeper itself, is that of
/// <c>inter.broker.protocol.version</c>. Used once, at start.
/// </summary>
internal sealed class BrokerReplicas(
    DynamicBrokerConfig dynamicConfig,
    BrokerIdentity identity,
    MetadataStore store,
    MetadataCache metadata,
    BrokerTopicStats stats,
    KafkaServerEnvironment environment)
{
    private const string LeaderSelector = "org.apache.kafka.common.replica.LeaderSelector";
    private const string RackAwareSelector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    /// <summary>A fetch tells of the time of the one before; as many waits again are for machines that are busy.</summary>
    private const int WaitsOfSilence = 4;

    private readonly KafkaConfig _config = dynamicConfig.Current;

    /// <summary>On what followers of throttled replicas fetch from here.</summary>
    public ReplicationQuota LeaderQuota =>
        field ??= Quota(logConfig => logConfig.LeaderReplicationThrottledReplicas, "leader.replication.throttled.rate");

    /// <summary>On what throttled replicas here fetch from their leaders.</summary>
    public ReplicationQuota FollowerQuota =>
        field ??= Quota(logConfig => logConfig.FollowerReplicationThrottledReplicas, "follower.replication.throttled.rate");

    /// <summary>On what is copied between log directories; all replicas that move share it.</summary>
    public ReplicationQuota MoveQuota => field ??= new(
        environment.Time,
        identity.BrokerId,
        _ => [ReplicationQuota.All],
        () => dynamicConfig.Current.ReplicaAlterLogDirsIoMaxBytesPerSecond,
        _config.AlterLogDirsReplicationQuotaWindowNum,
        _config.AlterLogDirsReplicationQuotaWindowSizeSeconds * 1000L);

    /// <param name="logs">Where the replicas keep their records.</param>
    /// <param name="gateway">The way to the controller.</param>
    /// <param name="stands">Tells whether a registration of this broker stands.</param>
    public ReplicaManager Make(LogStore logs, ControllerGateway gateway, Func<long, bool> stands) =>
        new(
            Settings() with { Stands = stands, MayJoinIsr = environment.MayJoinIsr },
            logs,
            new ClusterView(metadata),
            IsrChanges(gateway),
            environment.SchedulerLoop,
            environment.Loggers.CreateLogger<ReplicaManager>());

    /// <summary>What fills the replicas that other brokers lead; they are reached on the listener between brokers.</summary>
    public ReplicaFetcherManager MakeFollowers(ReplicaManager replicas, ControllerGateway gateway, InterBrokerClients clients)
    {
        var listener = _config.Listeners.InterBroker;
        return new(new FollowerEnvironment
        {
            Settings = FollowerSettings(),
            Loops = environment.FetcherLoops,
            Open = (leader, number, loop) => new RemoteLeaderEndpoint(clients.Open(
                InterBrokerPurpose.Fetch, leader, () => metadata.Current.Broker(leader)?.Endpoint(listener), loop, number)),
            BrokerEpoch = () => gateway.BrokerEpoch,
            Delayed = replicas.Delayed,
            Syncs = _config.SyncsBeforeAcknowledging ? environment.DiskWork : null,
            Quota = FollowerQuota,
            Replicated = stats.Replicated,
            Logger = environment.Loggers.CreateLogger<ReplicaFetcherManager>(),
        });
    }

    /// <summary>What moves replicas between log directories.</summary>
    public LogDirMoves MakeMoves(ReplicaManager replicas) =>
        new(replicas, environment.LogDirMoves, environment.SchedulerLoop, MoveQuota, environment.Loggers.CreateLogger<LogDirMoves>());

    private FollowerSettings FollowerSettings() =>
        new()
        {
            BrokerId = identity.BrokerId,
            InterBrokerProtocol = _config.InterBrokerProtocolVersion,
            FetcherCount = _config.NumReplicaFetchers,
            MinBytes = _config.ReplicaFetchMinBytes,
            MaxWaitMs = _config.ReplicaFetchWaitMaxMs,
            PartitionMaxBytes = _config.ReplicaFetchMaxBytes,
            ResponseMaxBytes = _config.ReplicaFetchResponseMaxBytes,
            BackoffMs = _config.ReplicaFetchBackoffMs,
        };

    private ReplicationSettings Settings() =>
        new()
        {
            BrokerId = identity.BrokerId,
            ReplicaLagTimeMaxMs = _config.ReplicaLagTimeMaxMs,
            ReplicaLagMaxMessages = _config.Values.LongOrNull("replica.lag.max.messages") ?? long.MaxValue,
            SyncsBeforeAcknowledging = _config.SyncsBeforeAcknowledging,
            FollowerSilenceMaxMs = (long)WaitsOfSilence * _config.ReplicaFetchWaitMaxMs,
            SelectsReplicasByRack = SelectsReplicasByRack(),
            LeaderQuota = LeaderQuota,
            ProducerPurgatoryPurgeIntervalRequests = _config.ProducerPurgatoryPurgeIntervalRequests,
            FetchPurgatoryPurgeIntervalRequests = _config.FetchPurgatoryPurgeIntervalRequests,
            DeleteRecordsPurgatoryPurgeIntervalRequests = _config.DeleteRecordsPurgatoryPurgeIntervalRequests,
        };

    private bool SelectsReplicasByRack() => _config.ReplicaSelectorClass switch
    {
        null or "" or LeaderSelector => false,
        RackAwareSelector => true,
        var other => throw new ConfigException(
            $"Invalid value {other} for configuration replica.selector.class: only {RackAwareSelector} and {LeaderSelector} are here."),
    };

    private ReplicationQuota Quota(Func<LogConfig, IReadOnlyList<string>> throttledReplicas, string rateKey) =>
        new(
            environment.Time,
            identity.BrokerId,
            throttledReplicas,
            () => dynamicConfig.Current.Values.Long(rateKey),
            _config.ReplicationQuotaWindowNum,
            _config.ReplicationQuotaWindowSizeSeconds * 1000L);

    private IIsrChanges IsrChanges(ControllerGateway gateway) =>
        _config.InterBrokerProtocolVersion.SupportsAlterPartition()
            ? new ControllerIsrChanges(
                gateway,
                identity,
                _config.InterBrokerProtocolVersion,
                environment.SchedulerLoop,
                environment.Loggers.CreateLogger<ControllerIsrChanges>())
            : new ZooKeeperIsrChanges(
                store.PartitionStates,
                store.Notifications,
                environment.SchedulerLoop,
                environment.Loggers.CreateLogger<ZooKeeperIsrChanges>());
}
