namespace ClassicBroker.Server.Logging;

/// <summary>
/// The loggers that Kafka 3.9 has, by name, and the loggers of this broker that say the same things. Operators' scripts set levels by
/// Kafka's names. Immutable.
/// </summary>
internal static class KafkaLoggerNames
{
    /// <summary>Kafka's logger, and ours: a name stands for every logger below it too.</summary>
    private static readonly SortedDictionary<string, string[]> Counterparts = new(StringComparer.Ordinal)
    {
        ["kafka"] = ["kafka", "ClassicBroker"],
        ["kafka.authorizer.logger"] = ["kafka.authorizer.logger"],
        ["kafka.cluster.Partition"] = ["ClassicBroker.Replication"],
        ["kafka.common.ZkNodeChangeNotificationListener"] = ["ClassicBroker.Metadata.ChangeNotificationListener"],
        ["kafka.common.ZkNodeChangeNotificationListener$ChangeEventProcessThread"] = ["ClassicBroker.Metadata.ChangeNotificationListener"],
        ["kafka.controller"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.ControllerChannelManager"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.ControllerEventManager$ControllerEventThread"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.RequestSendThread"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.TopicDeletionManager"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.ZkPartitionStateMachine"] = ["kafka.controller.KafkaController"],
        ["kafka.controller.ZkReplicaStateMachine"] = ["kafka.controller.KafkaController"],
        ["kafka.coordinator.group.GroupCoordinator"] = ["ClassicBroker.Coordinator"],
        ["kafka.coordinator.transaction.TransactionCoordinator"] = ["ClassicBroker.Coordinator"],
        ["kafka.coordinator.transaction.TransactionMarkerChannelManager"] = ["ClassicBroker.Coordinator"],
        ["kafka.log.UnifiedLog$"] = ["kafka.log.LogLoader"],
        ["kafka.network.ConnectionQuotas"] = ["ClassicBroker.Server.Hosting.SocketServer"],
        ["kafka.network.DataPlaneAcceptor"] = ["ClassicBroker.Server.Hosting.ListenerSockets"],
        ["kafka.network.RequestChannel$"] = ["kafka.request.logger"],
        ["kafka.network.SocketServer"] = ["ClassicBroker.Server.Hosting.SocketServer", "ClassicBroker.Server.Hosting.ListenerSockets"],
        ["kafka.server.AddPartitionsToTxnManager"] = ["ClassicBroker.Coordinator"],
        ["kafka.server.AutoTopicCreationManager"] = ["ClassicBroker.Server.Topics.AutoTopicCreation"],
        ["kafka.server.ConfigAdminManager"] = ["ClassicBroker.Server.Config"],
        ["kafka.server.FinalizedFeatureChangeListener"] = ["ClassicBroker.Metadata.FinalizedFeatureListener"],
        ["kafka.server.FinalizedFeatureChangeListener$ChangeNotificationProcessorThread"] =
        [
            "ClassicBroker.Metadata.FinalizedFeatureListener",
        ],
        ["kafka.server.KafkaApis"] =
        [
            "ClassicBroker.Replication.LeaderAppender",
            "ClassicBroker.Replication.Fetch.LeaderReader",
            "ClassicBroker.Replication.Offsets.OffsetLookup",
            "ClassicBroker.Replication.Deletions.RecordDeleter",
        ],
        ["kafka.server.KafkaConfig"] = ["ClassicBroker.Server.Config"],
        ["kafka.server.KafkaRequestHandler"] = ["kafka.network.Processor"],
        ["kafka.server.KafkaRequestHandlerPool"] = ["kafka.network.Processor"],
        ["kafka.server.NodeToControllerRequestThread"] = ["ClassicBroker.Server.Control"],
        ["kafka.server.ReplicaFetcherManager"] = ["ClassicBroker.Replication"],
        ["kafka.server.ReplicaManager"] = ["ClassicBroker.Replication"],
        ["kafka.server.ReplicaManager$LogDirFailureHandler"] = ["ClassicBroker.Replication"],
        ["kafka.server.TopicConfigHandler"] = ["ClassicBroker.Server.Hosting.ConfigChanges"],
        ["kafka.server.ZkAdminManager"] = ["ClassicBroker.Metadata.Admin"],
        ["kafka.server.ZkConfigManager"] = ["ClassicBroker.Server.Hosting.ConfigChanges"],
        ["kafka.server.metadata.ZkMetadataCache"] = ["ClassicBroker.Metadata.Images"],
        ["kafka.zk.AdminZkClient"] = ["ClassicBroker.Metadata.Stores"],
        ["kafka.zk.KafkaZkClient"] = ["ClassicBroker.Metadata.Stores"],
        ["kafka.zookeeper.ZooKeeperClient"] = ["ClassicBroker.Metadata.Sessions", "ClassicBroker.ZooKeeper"],
        ["org.apache.kafka"] = ["ClassicBroker"],
        ["org.apache.kafka.clients.NetworkClient"] = ["ClassicBroker.Rpc"],
        ["org.apache.kafka.common.config.AbstractConfig"] = ["ClassicBroker.Server.Config"],
        ["org.apache.kafka.common.network.ChannelBuilders"] = ["ClassicBroker.Server.Security"],
        ["org.apache.kafka.common.network.NetworkReceive"] = ["ClassicBroker.Transport"],
        ["org.apache.kafka.common.network.Selector"] = ["ClassicBroker.Transport"],
        ["org.apache.kafka.common.utils.AppInfoParser"] = ["kafka.Kafka$"],
        ["org.apache.kafka.common.utils.LoggingSignalHandler"] = ["kafka.Kafka$"],
        ["org.apache.kafka.metadata.properties.MetaPropertiesEnsemble"] = ["kafka.log.LogManager"],
        ["org.apache.kafka.storage.internals.checkpoint.CheckpointFileWithFailureHandler"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.checkpoint.CleanShutdownFileHandler"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.log.AbstractIndex"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.log.LogConfig"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.log.LogDirFailureChannel"] = ["kafka.log.LogManager"],
        ["org.apache.kafka.storage.internals.log.LogSegment"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.log.OffsetIndex"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.log.ProducerAppendInfo"] = ["kafka.log.ProducerStateManager"],
        ["org.apache.kafka.storage.internals.log.ProducerStateManager"] = ["kafka.log.ProducerStateManager"],
        ["org.apache.kafka.storage.internals.log.TimeIndex"] = ["kafka.log.UnifiedLog"],
        ["org.apache.kafka.storage.internals.utils.Throttler"] = ["kafka.log.UnifiedLog"],
        ["org.apache.zookeeper"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.ClientCnxn"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.ClientCnxnSocket"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.ClientCnxnSocketNIO"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.CreateMode"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.ZKWatchManager"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.ZooKeeper"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.client.StaticHostProvider"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.common.X509Util"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.common.ZKConfig"] = ["ClassicBroker.ZooKeeper"],
        ["org.apache.zookeeper.server.ZooKeeperThread"] = ["ClassicBroker.ZooKeeper"],
    };

    /// <summary>Loggers of Kafka for whose subject nothing is logged here. They have a level as any other.</summary>
    private static readonly string[] Silent =
    [
        "com.yammer.metrics.reporting.JmxReporter",
        "kafka.log.LogCleaner",
        "kafka.log.LogCleaner$CleanerThread",
        "kafka.log.LogCleanerManager$",
        "kafka.server.ClientQuotaManager$ThrottledChannelReaper",
        "kafka.server.DelayedCreatePartitions",
        "kafka.server.DelayedOperationPurgatory",
        "kafka.server.DelayedOperationPurgatory$ExpiredOperationReaper",
        "kafka.server.DelayedProduce",
        "kafka.utils.CoreUtils$",
        "kafka.utils.Log4jControllerRegistration$",
        "org.apache.kafka.clients.ClientUtils",
        "org.apache.kafka.clients.ClusterConnectionStates",
        "org.apache.kafka.clients.CommonClientConfigs",
        "org.apache.kafka.common.metrics.JmxReporter",
        "org.apache.kafka.common.metrics.Metrics",
        "org.apache.kafka.common.protocol.Errors",
        "org.apache.kafka.common.record.MemoryRecords",
        "org.apache.kafka.common.security.JaasUtils",
        "org.apache.kafka.common.utils.ConfigUtils",
        "org.apache.kafka.common.utils.KafkaThread",
        "org.apache.kafka.common.utils.Utils",
        "org.apache.kafka.controller",
        "org.apache.kafka.coordinator.group.assignor.UniformAssignor",
        "org.apache.kafka.server.config.ConfigSynonym",
        "org.apache.kafka.server.metrics.LinuxIoMetricsCollector",
        "org.apache.kafka.server.util.FileLock",
        "org.apache.kafka.server.util.KafkaScheduler",
    ];

    /// <summary>All of Kafka's names.</summary>
    public static IEnumerable<string> All => Counterparts.Keys.Concat(Silent);

    /// <summary>The loggers whose level a name stands for: those of the table, else the name itself.</summary>
    public static IReadOnlyList<string> LoggersOf(string name) => Counterparts.GetValueOrDefault(name) ?? [name];
}
