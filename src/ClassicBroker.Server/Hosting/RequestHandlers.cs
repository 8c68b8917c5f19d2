using ClassicBroker.Coordinator;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Replication.Deletions;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Offsets;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Coordination;
using ClassicBroker.Server.Handlers;
using ClassicBroker.Server.Handlers.Unavailable;
using ClassicBroker.Server.Logging;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Acls;
using ClassicBroker.Server.Topics;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>The table of handlers: one for each API, made from the parts of a broker. Used once, at start.</summary>
public sealed class RequestHandlers
{
    public required BrokerIdentity Identity { get; init; }

    public required DynamicBrokerConfig Config { get; init; }

    public required DynamicPasswords Passwords { get; init; }

    public required MetadataCache Metadata { get; init; }

    public required MetadataStore Store { get; init; }

    public required AdminOperations Admin { get; init; }

    public required ReplicaManager Replicas { get; init; }

    public required LogDirMoves Moves { get; init; }

    public required IExecutor DiskWork { get; init; }

    public required FetchSessionCache Sessions { get; init; }

    public required GroupCoordinator Groups { get; init; }

    public required TransactionCoordination Transactions { get; init; }

    public required CoordinatorPartitionCounts CoordinatorPartitions { get; init; }

    public required ControllerGateway Controller { get; init; }

    public required ControllerRequests ControllerRequests { get; init; }

    /// <summary>Where requests that wait time out.</summary>
    public required IEventLoop Timers { get; init; }

    /// <summary>Where reads go that may take long.</summary>
    public required IExecutor LongReads { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required IAddressResolver Resolver { get; init; }

    public required ILoggerLevels LoggerLevels { get; init; }

    public required BrokerTopicStats Stats { get; init; }

    public required QuotaEnforcement Quotas { get; init; }

    /// <summary>Null where no authorizer is configured.</summary>
    internal AclAdministration? Acls { get; init; }

    public IEnumerable<IRequestHandler> Make()
    {
        var autoCreation = new AutoTopicCreation(Config, Metadata, Admin, Timers, Loggers.CreateLogger<AutoTopicCreation>());
        return
        [
            .. Records(),
            .. GroupsAndOffsets(new CoordinatorLocator(CoordinatorPartitions, Metadata, autoCreation)),
            .. TransactionalProducers(),
            .. Topics(autoCreation),
            .. Configs(),
            .. Cluster(),
            .. UnavailableApis.Handlers(),
        ];
    }

    private IEnumerable<IRequestHandler> Records()
    {
        var appends = new LeaderAppender(Replicas, Loggers.CreateLogger<LeaderAppender>());
        var reads = new LeaderReader(Replicas, LongReads, Loggers.CreateLogger<LeaderReader>());
        var offsets = new OffsetLookup(Replicas, Loggers.CreateLogger<OffsetLookup>());
        var deletions = new RecordDeleter(Replicas, Loggers.CreateLogger<RecordDeleter>());
        return
        [
            new ProduceHandler(appends, Metadata, Verification(), Stats),
            new FetchHandler(reads, Sessions, new FetchConversion(Replicas), LongReads, Metadata, Config, Quotas, Stats),
            new ListOffsetsHandler(offsets, LongReads, Metadata),
            new OffsetForLeaderEpochHandler(offsets, Metadata),
            new DeleteRecordsHandler(deletions, Metadata),
            new WriteTxnMarkersHandler(Transactions.Markers, Config),
            new DescribeProducersHandler(Replicas),
        ];
    }

    private IEnumerable<IRequestHandler> GroupsAndOffsets(CoordinatorLocator coordinators) =>
    [
        new FindCoordinatorHandler(coordinators),
        new JoinGroupHandler(Groups.Membership),
        new SyncGroupHandler(Groups.Membership),
        new HeartbeatHandler(Groups.Membership),
        new LeaveGroupHandler(Groups.Membership),
        new OffsetCommitHandler(Store.ConsumerOffsets, Groups.Offsets, Metadata, Config),
        new OffsetFetchHandler(Store.ConsumerOffsets, Groups.Offsets, Metadata),
        new OffsetDeleteHandler(Groups.Administration, Metadata),
        new DescribeGroupsHandler(Groups.Administration),
        new ListGroupsHandler(Groups.Administration),
        new DeleteGroupsHandler(Groups.Administration),
    ];

    private IEnumerable<IRequestHandler> TransactionalProducers() =>
    [
        new InitProducerIdHandler(Transactions.Coordinator, Transactions.ProducerIds),
        new AddPartitionsToTxnHandler(Transactions.Coordinator, Metadata),
        new AddOffsetsToTxnHandler(Transactions.Coordinator, Groups),
        new TxnOffsetCommitHandler(Groups, Verification(), Metadata),
        new EndTxnHandler(Transactions.Coordinator),
        new DescribeTransactionsHandler(Transactions.Coordinator.Administration),
        new ListTransactionsHandler(Transactions.Coordinator.Administration),
    ];

    private TransactionVerification Verification() => new(Replicas, Transactions.Verifier, Config);

    private IEnumerable<IRequestHandler> Topics(AutoTopicCreation autoCreation) =>
    [
        new MetadataHandler(Identity, Metadata, autoCreation, Timers),
        new CreateTopicsHandler(Controller, Admin, Metadata, new ConfigDescriptions(Config), Quotas, Timers),
        new DeleteTopicsHandler(Controller, Admin, Metadata, Config, Quotas, Timers),
        new CreatePartitionsHandler(Controller, Admin, Metadata, Quotas, Timers),
    ];

    private IEnumerable<IRequestHandler> Configs()
    {
        var loggers = new LoggerConfigs(LoggerLevels);
        var alterations = new ConfigAlterations(Store.Configs, Metadata, Config, Passwords, loggers, Identity);
        var quotas = new ClientQuotas(Store.Configs, Resolver);
        var users = new ScramUsers(Store.Configs);
        return
        [
            new DescribeConfigsHandler(new ConfigDescriptions(Config), loggers, Store.Configs, Metadata, Identity),
            new AlterConfigsHandler(alterations),
            new IncrementalAlterConfigsHandler(alterations),
            new DescribeClientQuotasHandler(quotas),
            new AlterClientQuotasHandler(quotas),
            new DescribeUserScramCredentialsHandler(users),
            new AlterUserScramCredentialsHandler(Controller, users),
            new DescribeAclsHandler(Acls),
            new CreateAclsHandler(Acls),
            new DeleteAclsHandler(Acls),
        ];
    }

    private IEnumerable<IRequestHandler> Cluster() =>
    [
        new DescribeClusterHandler(Identity, Metadata),
        new DescribeLogDirsHandler(Replicas.Logs),
        new AlterReplicaLogDirsHandler(Replicas.Logs, Replicas, Moves, Metadata, DiskWork),
        new LeaderAndIsrHandler(ControllerRequests),
        new StopReplicaHandler(ControllerRequests),
        new UpdateMetadataHandler(ControllerRequests),
        new ControlledShutdownHandler(Controller),
        new AlterPartitionHandler(Controller),
        new AllocateProducerIdsHandler(Controller),
        new ElectLeadersHandler(Controller, Metadata, Timers),
        new AlterPartitionReassignmentsHandler(Controller),
        new ListPartitionReassignmentsHandler(Controller),
        new UpdateFeaturesHandler(Controller),
        new EnvelopeHandler(),
    ];
}
