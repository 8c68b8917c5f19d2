using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Makes the replicas of a broker; the way their ISR changes take, to the controller or to ZooKeeper itself, is that of
/// <c>inter.broker.protocol.version</c>. Used once, at start.
/// </summary>
internal sealed class BrokerReplicas(
    KafkaConfig config, BrokerIdentity identity, MetadataStore store, MetadataCache metadata, KafkaServerEnvironment environment)
{
    public ReplicaManager Make(LogStore logs, ControllerGateway gateway) =>
        new(
            Settings(),
            logs,
            new ClusterView(metadata),
            IsrChanges(gateway),
            environment.SchedulerLoop,
            environment.Loggers.CreateLogger<ReplicaManager>());

    private ReplicationSettings Settings() =>
        new()
        {
            BrokerId = identity.BrokerId,
            ReplicaLagTimeMaxMs = config.ReplicaLagTimeMaxMs,
            ProducerPurgatoryPurgeIntervalRequests = config.Values.Int("producer.purgatory.purge.interval.requests"),
            FetchPurgatoryPurgeIntervalRequests = config.Values.Int("fetch.purgatory.purge.interval.requests"),
            DeleteRecordsPurgatoryPurgeIntervalRequests = config.Values.Int("delete.records.purgatory.purge.interval.requests"),
        };

    private IIsrChanges IsrChanges(ControllerGateway gateway) =>
        config.InterBrokerProtocolVersion.SupportsAlterPartition()
            ? new ControllerIsrChanges(
                gateway,
                identity,
                config.InterBrokerProtocolVersion,
                environment.SchedulerLoop,
                environment.Loggers.CreateLogger<ControllerIsrChanges>())
            : new ZooKeeperIsrChanges(
                store.PartitionStates,
                store.Notifications,
                environment.SchedulerLoop,
                environment.Loggers.CreateLogger<ZooKeeperIsrChanges>());
}
