using ClassicBroker.Tools.Commands;

namespace ClassicBroker.Tools;

/// <summary>Which command stands behind the name of a script, and which script behind a Java class of Kafka or ZooKeeper.</summary>
internal static class CommandCatalog
{
    /// <summary>The command of <c>&lt;name&gt;.sh</c>; null where there is none.</summary>
    public static ICommand? ByScript(string name) =>
        name switch
        {
            "kafka-topics" => new TopicCommand(),
            "kafka-configs" => new ConfigCommand(),
            "kafka-console-producer" => new ConsoleProducerCommand(),
            "kafka-console-consumer" => new ConsoleConsumerCommand(),
            "kafka-get-offsets" => new GetOffsetsCommand(),
            "kafka-delete-records" => new DeleteRecordsCommand(),
            "kafka-log-dirs" => new LogDirsCommand(),
            "kafka-broker-api-versions" => new BrokerApiVersionsCommand(),
            "kafka-producer-perf-test" => new ProducerPerformanceCommand(),
            "kafka-consumer-perf-test" => new ConsumerPerformanceCommand(),
            "kafka-verifiable-producer" => new VerifiableProducerCommand(),
            "kafka-e2e-latency" => new EndToEndLatencyCommand(),
            "kafka-dump-log" => new DumpLogCommand(),
            "kafka-reassign-partitions" => new ReassignPartitionsCommand(),
            "kafka-consumer-groups" => new ConsumerGroupCommand(),
            "kafka-leader-election" => new LeaderElectionCommand(),
            "kafka-preferred-replica-election" => new PreferredReplicaElectionCommand(),
            "kafka-cluster" => new ClusterCommand(),
            "kafka-features" => new FeaturesCommand(),
            "kafka-acls" => new AclCommand(),
            "kafka-delegation-tokens" => new DelegationTokenCommand(),
            "kafka-transactions" => new TransactionsCommand(),
            "kafka-verifiable-consumer" => new VerifiableConsumerCommand(),
            "kafka-replica-verification" => new ReplicaVerificationCommand(),
            "kafka-mirror-maker" => new MirrorMakerCommand(),
            "kafka-streams-application-reset" => new StreamsResetCommand(),
            "kafka-client-metrics" => new ClientMetricsCommand(),
            "kafka-metadata-quorum" => new MetadataQuorumCommand(),
            "kafka-storage" => new StorageCommand(),
            "kafka-jmx" => AbsentCommand.Jmx(),
            "kafka-metadata-shell" => AbsentCommand.MetadataShell(),
            "trogdor" => AbsentCommand.Trogdor(),
            "connect-distributed" or "connect-standalone" or "connect-mirror-maker" or "connect-plugin-path" => AbsentCommand.Connect(),
            "zookeeper-security-migration" => new SecurityMigrationCommand(),
            "zookeeper-shell" => new ZooKeeperShellCommand(),
            "kafka-doctor" => new DoctorCommand(),

            // Without scripts: for the shells, and as in Kafka.
            "complete" => new CompletionCommand(),
            "ConsumerOffsetChecker" => new ConsumerOffsetCheckerCommand(),
            "ExportZkOffsets" => new ExportZkOffsetsCommand(),
            "ImportZkOffsets" => new ImportZkOffsetsCommand(),
            _ => null,
        };

    /// <summary>The script that runs a class; null for classes not known.</summary>
    public static string? ScriptOf(string javaClass) =>
        javaClass switch
        {
            "kafka.admin.TopicCommand" or "org.apache.kafka.tools.TopicCommand" => "kafka-topics",
            "kafka.admin.ConfigCommand" => "kafka-configs",
            "kafka.tools.ConsoleProducer" or "org.apache.kafka.tools.ConsoleProducer" => "kafka-console-producer",
            "kafka.tools.ConsoleConsumer" or "org.apache.kafka.tools.consumer.ConsoleConsumer" => "kafka-console-consumer",
            "kafka.tools.GetOffsetShell" or "org.apache.kafka.tools.GetOffsetShell" => "kafka-get-offsets",
            "kafka.tools.DumpLogSegments" => "kafka-dump-log",
            "kafka.admin.DeleteRecordsCommand" or "org.apache.kafka.tools.DeleteRecordsCommand" => "kafka-delete-records",
            "kafka.admin.LogDirsCommand" or "org.apache.kafka.tools.LogDirsCommand" => "kafka-log-dirs",
            "kafka.admin.BrokerApiVersionsCommand" => "kafka-broker-api-versions",
            "kafka.tools.ProducerPerformance" or "org.apache.kafka.tools.ProducerPerformance" => "kafka-producer-perf-test",
            "kafka.tools.ConsumerPerformance" or "org.apache.kafka.tools.ConsumerPerformance" => "kafka-consumer-perf-test",
            "kafka.tools.VerifiableProducer" or "org.apache.kafka.tools.VerifiableProducer" => "kafka-verifiable-producer",
            "kafka.tools.EndToEndLatency" or "org.apache.kafka.tools.EndToEndLatency" => "kafka-e2e-latency",
            "kafka.admin.ReassignPartitionsCommand" or "org.apache.kafka.tools.reassign.ReassignPartitionsCommand" =>
                "kafka-reassign-partitions",
            "kafka.admin.ConsumerGroupCommand" or "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand" => "kafka-consumer-groups",
            "kafka.admin.LeaderElectionCommand" or "org.apache.kafka.tools.LeaderElectionCommand" => "kafka-leader-election",
            "kafka.admin.PreferredReplicaLeaderElectionCommand" => "kafka-preferred-replica-election",
            "kafka.tools.ClusterTool" or "org.apache.kafka.tools.ClusterTool" => "kafka-cluster",
            "kafka.admin.FeatureCommand" or "org.apache.kafka.tools.FeatureCommand" => "kafka-features",
            "kafka.admin.AclCommand" => "kafka-acls",
            "kafka.admin.DelegationTokenCommand" or "org.apache.kafka.tools.DelegationTokenCommand" => "kafka-delegation-tokens",
            "kafka.tools.TransactionsCommand" or "org.apache.kafka.tools.TransactionsCommand" => "kafka-transactions",
            "kafka.tools.VerifiableConsumer" or "org.apache.kafka.tools.VerifiableConsumer" => "kafka-verifiable-consumer",
            "kafka.tools.ReplicaVerificationTool" or "org.apache.kafka.tools.ReplicaVerificationTool" => "kafka-replica-verification",
            "kafka.tools.MirrorMaker" => "kafka-mirror-maker",
            "kafka.tools.StreamsResetter" or "org.apache.kafka.tools.StreamsResetter" => "kafka-streams-application-reset",
            "org.apache.kafka.tools.ClientMetricsCommand" => "kafka-client-metrics",
            "kafka.admin.MetadataQuorumCommand" or "org.apache.kafka.tools.MetadataQuorumCommand" => "kafka-metadata-quorum",
            "kafka.tools.StorageTool" => "kafka-storage",
            "kafka.tools.JmxTool" or "org.apache.kafka.tools.JmxTool" => "kafka-jmx",
            "org.apache.kafka.shell.MetadataShell" => "kafka-metadata-shell",
            "org.apache.kafka.trogdor.coordinator.Coordinator" or "org.apache.kafka.trogdor.agent.Agent" => "trogdor",
            "org.apache.kafka.connect.cli.ConnectDistributed" => "connect-distributed",
            "org.apache.kafka.connect.cli.ConnectStandalone" => "connect-standalone",
            "org.apache.kafka.connect.mirror.MirrorMaker" => "connect-mirror-maker",
            "org.apache.kafka.tools.ConnectPluginPath" => "connect-plugin-path",
            "kafka.tools.ConsumerOffsetChecker" => "ConsumerOffsetChecker",
            "kafka.tools.ExportZkOffsets" => "ExportZkOffsets",
            "kafka.tools.ImportZkOffsets" => "ImportZkOffsets",
            "classicbroker.tools.Doctor" => "kafka-doctor",
            "kafka.admin.ZkSecurityMigrator" => "zookeeper-security-migration",
            "org.apache.zookeeper.ZooKeeperMain" or "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka" => "zookeeper-shell",
            _ => null,
        };
}
