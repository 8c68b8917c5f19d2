using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Replication;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Producers;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// A broker's transaction coordinator with what it needs of the cluster: ids for producers, ways to the leaders of partitions and to other
/// coordinators. Owned by the broker. Threading: any.
/// </summary>
public sealed class TransactionCoordination : IDisposable
{
    private readonly PeerClients _markerPeers;
    private readonly PeerClients _verificationPeers;

    public TransactionCoordination(
        DynamicBrokerConfig config,
        CoordinatorPartitionCounts counts,
        BrokerIdentity identity,
        MetadataCache metadata,
        MetadataStore store,
        ReplicaManager replicas,
        GroupCoordinator groups,
        ProducerIds producerIds,
        InterBrokerClients clients,
        Func<long, bool> stands,
        KafkaServerEnvironment environment)
    {
        var loop = environment.TransactionLoop;
        var listener = config.Current.Listeners.InterBroker;
        _markerPeers = new PeerClients(clients, InterBrokerPurpose.TransactionMarkers, metadata, listener, loop);
        _verificationPeers = new PeerClients(clients, InterBrokerPurpose.TransactionVerification, metadata, listener, loop);
        var appends = new LeaderAppender(replicas, environment.Loggers.CreateLogger<LeaderAppender>());
        ProducerIds = producerIds;
        Markers = new TransactionMarkerWriter(appends, groups.Offsets);
        Coordinator = new TransactionCoordinator(
            SettingsOf(config.Current, counts.Transactions),
            replicas,
            appends,
            new MarkerTargets(identity, metadata, store.Topics, Markers, _markerPeers, config, environment.Time),
            stands,
            producerIds.NextAsync,
            loop,
            environment.Loggers.CreateLogger<TransactionCoordinator>());
        Verifier = new TransactionVerifier(
            identity,
            Coordinator,
            new CoordinatorWhereabouts(counts, metadata),
            _verificationPeers,
            listener,
            config.Current.InterBrokerProtocolVersion.TransactionVerificationVersion());
    }

    public TransactionCoordinator Coordinator { get; }

    /// <summary>Writes markers of any coordinator to partitions this broker leads.</summary>
    public TransactionMarkerWriter Markers { get; }

    /// <summary>Asks coordinators on behalf of partitions this broker leads.</summary>
    public TransactionVerifier Verifier { get; }

    public ProducerIds ProducerIds { get; }

    public void Dispose()
    {
        _markerPeers.Dispose();
        _verificationPeers.Dispose();
    }

    private static TransactionCoordinatorSettings SettingsOf(KafkaConfig config, int partitions) =>
        new()
        {
            PartitionCount = partitions,
            TimeoutMaxMs = config.TransactionMaxTimeoutMs,
            IdExpirationMs = config.TransactionalIdExpirationMs,
            AbortIntervalMs = config.TransactionAbortTimedOutTransactionCleanupIntervalMs,
            ExpirationIntervalMs = config.TransactionRemoveExpiredTransactionCleanupIntervalMs,
            CutOffMs = config.ZooKeeperSessionTimeoutMs,
            LoadBufferSize = config.TransactionStateLogLoadBufferSize,
            RequestTimeoutMs = config.RequestTimeoutMs,
        };
}
