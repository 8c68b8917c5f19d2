namespace ClassicBroker.Server.Config;

/// <content>The keys that the broker's parts read, each typed once under Kafka's name.</content>
public sealed partial class KafkaConfig
{
    public bool AutoLeaderRebalanceEnable => Values.Bool("auto.leader.rebalance.enable");

    public int BackgroundThreads => Values.Int("background.threads");

    public int ConnectionFailedAuthenticationDelayMs => Values.Int("connection.failed.authentication.delay.ms");

    public long ConnectionsMaxIdleMs => Values.Long("connections.max.idle.ms");

    public bool ControlledShutdownEnable => Values.Bool("controlled.shutdown.enable");

    public int ControlledShutdownMaxRetries => Values.Int("controlled.shutdown.max.retries");

    public long ControlledShutdownRetryBackoffMs => Values.Long("controlled.shutdown.retry.backoff.ms");

    public int ControllerQuotaWindowNum => Values.Int("controller.quota.window.num");

    public int ControllerQuotaWindowSizeSeconds => Values.Int("controller.quota.window.size.seconds");

    public int ControllerSocketTimeoutMs => Values.Int("controller.socket.timeout.ms");

    public long DelegationTokenExpiryCheckIntervalMs => Values.Long("delegation.token.expiry.check.interval.ms");

    public long DelegationTokenExpiryTimeMs => Values.Long("delegation.token.expiry.time.ms");

    public long DelegationTokenMaxLifetimeMs => Values.Long("delegation.token.max.lifetime.ms");

    /// <summary>What the tokens of a cluster are signed with, under its new or old name; null where there are to be none.</summary>
    public string? DelegationTokenSecretKey =>
        (Values.StringOrNull("delegation.token.secret.key") ?? Values.StringOrNull("delegation.token.master.key")) is { Length: > 0 } secret
            ? secret
            : null;

    public int DeleteRecordsPurgatoryPurgeIntervalRequests => Values.Int("delete.records.purgatory.purge.interval.requests");

    public int FetchPurgatoryPurgeIntervalRequests => Values.Int("fetch.purgatory.purge.interval.requests");

    public int GroupInitialRebalanceDelayMs => Values.Int("group.initial.rebalance.delay.ms");

    public int GroupMaxSessionTimeoutMs => Values.Int("group.max.session.timeout.ms");

    public int GroupMaxSize => Values.Int("group.max.size");

    public int GroupMinSessionTimeoutMs => Values.Int("group.min.session.timeout.ms");

    /// <summary>Where questions about the broker's health are answered over HTTP.</summary>
    public IReadOnlyList<string> HealthListeners => Values.List("health.listeners");

    /// <summary><c>inter.broker.protocol.version</c> as it is written.</summary>
    public string InterBrokerProtocolName => Values.String("inter.broker.protocol.version");

    public long LeaderImbalanceCheckIntervalSeconds => Values.Long("leader.imbalance.check.interval.seconds");

    public int LeaderImbalancePerBrokerPercentage => Values.Int("leader.imbalance.per.broker.percentage");

    public long LogCleanerBackoffMs => Values.Long("log.cleaner.backoff.ms");

    public long LogCleanerDedupeBufferSize => Values.Long("log.cleaner.dedupe.buffer.size");

    public bool LogCleanerEnable => Values.Bool("log.cleaner.enable");

    public double LogCleanerIoBufferLoadFactor => Values.Double("log.cleaner.io.buffer.load.factor");

    public int LogCleanerIoBufferSize => Values.Int("log.cleaner.io.buffer.size");

    public double LogCleanerIoMaxBytesPerSecond => Values.Double("log.cleaner.io.max.bytes.per.second");

    public int LogCleanerThreads => Values.Int("log.cleaner.threads");

    public int LogFlushOffsetCheckpointIntervalMs => Values.Int("log.flush.offset.checkpoint.interval.ms");

    public long LogFlushSchedulerIntervalMs => Values.Long("log.flush.scheduler.interval.ms");

    public int LogFlushStartOffsetCheckpointIntervalMs => Values.Int("log.flush.start.offset.checkpoint.interval.ms");

    public long LogInitialTaskDelayMs => Values.Long("log.initial.task.delay.ms");

    public long LogRetentionCheckIntervalMs => Values.Long("log.retention.check.interval.ms");

    public int MaxConnectionCreationRate => Values.Int("max.connection.creation.rate");

    public int MaxConnections => Values.Int("max.connections");

    public int MaxConnectionsPerIp => Values.Int("max.connections.per.ip");

    public int MaxIncrementalFetchSessionCacheSlots => Values.Int("max.incremental.fetch.session.cache.slots");

    /// <summary>Where metrics are shown over HTTP.</summary>
    public IReadOnlyList<string> MetricsListeners => Values.List("metrics.listeners");

    public int NumIoThreads => Values.Int("num.io.threads");

    public int NumReplicaFetchers => Values.Int("num.replica.fetchers");

    public int OffsetMetadataMaxBytes => Values.Int("offset.metadata.max.bytes");

    public short OffsetsCommitRequiredAcks => Values.Short("offsets.commit.required.acks");

    public int OffsetsCommitTimeoutMs => Values.Int("offsets.commit.timeout.ms");

    public int OffsetsLoadBufferSize => Values.Int("offsets.load.buffer.size");

    public long OffsetsRetentionCheckIntervalMs => Values.Long("offsets.retention.check.interval.ms");

    public int OffsetsRetentionMinutes => Values.Int("offsets.retention.minutes");

    public int OffsetsTopicCompressionCodec => Values.Int("offsets.topic.compression.codec");

    public int OffsetsTopicNumPartitions => Values.Int("offsets.topic.num.partitions");

    public short OffsetsTopicReplicationFactor => Values.Short("offsets.topic.replication.factor");

    public int OffsetsTopicSegmentBytes => Values.Int("offsets.topic.segment.bytes");

    public string? PasswordEncoderSecret => Values.StringOrNull("password.encoder.secret");

    public int ProducerIdExpirationCheckIntervalMs => Values.Int("producer.id.expiration.check.interval.ms");

    public int ProducerIdExpirationMs => Values.Int("producer.id.expiration.ms");

    public int ProducerPurgatoryPurgeIntervalRequests => Values.Int("producer.purgatory.purge.interval.requests");

    public long QueuedMaxRequestBytes => Values.Long("queued.max.request.bytes");

    public int QuotaWindowNum => Values.Int("quota.window.num");

    public int QuotaWindowSizeSeconds => Values.Int("quota.window.size.seconds");

    public int ReplicaFetchBackoffMs => Values.Int("replica.fetch.backoff.ms");

    public int ReplicaFetchMaxBytes => Values.Int("replica.fetch.max.bytes");

    public int ReplicaFetchMinBytes => Values.Int("replica.fetch.min.bytes");

    public int ReplicaFetchResponseMaxBytes => Values.Int("replica.fetch.response.max.bytes");

    public int ReplicaFetchWaitMaxMs => Values.Int("replica.fetch.wait.max.ms");

    public long ReplicaHighWatermarkCheckpointIntervalMs => Values.Long("replica.high.watermark.checkpoint.interval.ms");

    public string? ReplicaSelectorClass => Values.StringOrNull("replica.selector.class");

    public long ReplicaAlterLogDirsIoMaxBytesPerSecond => Values.Long("replica.alter.log.dirs.io.max.bytes.per.second");

    public int AlterLogDirsReplicationQuotaWindowNum => Values.Int("alter.log.dirs.replication.quota.window.num");

    public int AlterLogDirsReplicationQuotaWindowSizeSeconds => Values.Int("alter.log.dirs.replication.quota.window.size.seconds");

    public int ReplicationQuotaWindowNum => Values.Int("replication.quota.window.num");

    public int ReplicationQuotaWindowSizeSeconds => Values.Int("replication.quota.window.size.seconds");

    public int SocketListenBacklogSize => Values.Int("socket.listen.backlog.size");

    public int SocketReceiveBufferBytes => Values.Int("socket.receive.buffer.bytes");

    public int SocketSendBufferBytes => Values.Int("socket.send.buffer.bytes");

    public int TransactionAbortTimedOutTransactionCleanupIntervalMs =>
        Values.Int("transaction.abort.timed.out.transaction.cleanup.interval.ms");

    public int TransactionMaxTimeoutMs => Values.Int("transaction.max.timeout.ms");

    public bool TransactionPartitionVerificationEnable => Values.Bool("transaction.partition.verification.enable");

    public int TransactionRemoveExpiredTransactionCleanupIntervalMs =>
        Values.Int("transaction.remove.expired.transaction.cleanup.interval.ms");

    public int TransactionStateLogLoadBufferSize => Values.Int("transaction.state.log.load.buffer.size");

    public int TransactionStateLogMinIsr => Values.Int("transaction.state.log.min.isr");

    public int TransactionStateLogNumPartitions => Values.Int("transaction.state.log.num.partitions");

    public short TransactionStateLogReplicationFactor => Values.Short("transaction.state.log.replication.factor");

    public int TransactionStateLogSegmentBytes => Values.Int("transaction.state.log.segment.bytes");

    public int TransactionalIdExpirationMs => Values.Int("transactional.id.expiration.ms");

    public int ZooKeeperMaxInFlightRequests => Values.Int("zookeeper.max.in.flight.requests");

    /// <summary>True where ZooKeeper is shown a certificate that tells who this is.</summary>
    public bool ShowsZooKeeperCertificate =>
        ZooKeeperSslClientEnable && Values.StringOrNull("zookeeper.ssl.keystore.location") is not null;

    public bool ZooKeeperSetAcl => Values.Bool("zookeeper.set.acl");

    public bool ZooKeeperSslClientEnable => Values.Bool("zookeeper.ssl.client.enable");
}
