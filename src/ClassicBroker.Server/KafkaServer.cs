using ClassicBroker.Coordinator;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Replication.State;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Coordination;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Producers;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Acls;
using ClassicBroker.Server.Topics;
using ClassicBroker.Storage;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server;

/// <summary>
/// One broker: puts its parts together in Kafka's order of start and takes them apart in Kafka's order of stop. Owned by the executable,
/// or by a test. Threading: started and stopped by one caller; what runs in between belongs to the loops of the environment.
/// </summary>
public sealed class KafkaServer
{
    /// <summary>What a stop grants to anything that may hang on a ZooKeeper that is away.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly KafkaServerEnvironment _environment;
    private readonly ServerTrace _trace;
    private readonly MetadataCache _metadata = new();
    private readonly SocketServer _sockets;
    private readonly BrokerTopicStats _stats;
    private readonly BackgroundWork _directoryFailures;
    private readonly BackgroundWork _lateSteps;
    private readonly DynamicPasswords _passwords;
    private readonly ScramCredentialCache _scram = new();
    private BrokerMetrics? _metrics;
    private GroupMetrics? _groupMetrics;
    private LogCleanerMetrics? _cleanerMetrics;
    private IZooKeeper? _zooKeeper;
    private MetadataStore? _store;
    private BrokerIdentity? _identity;
    private LogStore? _logs;
    private ReplicaManager? _replicas;
    private GroupCoordinator? _groups;
    private TransactionCoordination? _transactions;
    private ReplicaFetcherManager? _followers;
    private LogDirMoves? _moves;
    private ControllerGateway? _gateway;
    private ChangeNotificationListener? _configListener;
    private RequestDispatcher? _dispatcher;
    private AclAdministration? _acls;
    private QuotaEnforcement? _quotas;

    private KafkaServer(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        _environment = environment;
        _trace = new ServerTrace(environment.Loggers);
        _sockets = new SocketServer(environment);
        _stats = new BrokerTopicStats(_metadata);
        _directoryFailures = new BackgroundWork("log-directory-failure", environment.SchedulerLoop);
        _lateSteps = new BackgroundWork("late-shutdown-step", environment.SchedulerLoop, failure => failure is ZooKeeperException);
        Config = new DynamicBrokerConfig(
            properties, environment.CanonicalHostName, environment.Loggers.CreateLogger<DynamicBrokerConfig>());
        _passwords = new DynamicPasswords(Config.Current, environment.Random, environment.Loggers.CreateLogger<DynamicPasswords>());
    }

    public DynamicBrokerConfig Config { get; }

    public BrokerIdentity Identity => _identity ?? throw new InvalidOperationException("The broker has not started.");

    /// <summary>The replicas it holds.</summary>
    public ReplicaManager Replicas => _replicas ?? throw new InvalidOperationException("The broker has not started.");

    /// <summary>What it knows of the cluster.</summary>
    public MetadataCache Metadata => _metadata;

    /// <summary>True while it is the active controller.</summary>
    public bool IsController => _gateway is { IsActive: true };

    /// <summary>What every API checks, as its handler declares it.</summary>
    public IEnumerable<(ApiDescriptor Api, IReadOnlyList<AccessRule> Rules)> AccessRules => _dispatcher?.AccessRules ?? [];

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets.Ports;

    /// <summary>A broker that serves. One that cannot leaves nothing behind but what Kafka would leave too.</summary>
    /// <exception cref="ConfigException">The properties are wrong.</exception>
    /// <exception cref="StartException">Something outside is.</exception>
    public static async Task<KafkaServer> StartAsync(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        var server = new KafkaServer(properties, environment);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch (Exception failure) when (
            failure is LogDirectoryException or DuplicateBrokerException or ZooKeeperException or StorageException
                or MalformedDataException)
        {
            await server.AbandonAsync();
            throw new StartException(failure.Message, failure);
        }
        catch (Exception failure) when (failure is ConfigException or StartException)
        {
            await server.AbandonAsync();
            throw;
        }
    }

    /// <summary>
    /// Moves leaderships away where others can take them, then stops in order: every log closed, every checkpoint written.
    /// </summary>
    public async Task StopAsync()
    {
        _trace.Stopping(Identity.BrokerId);
        await MoveLeadershipsAwayAsync();
        _configListener?.Stop();
        _acls?.Stop();
        _sockets.Close();
        _followers?.Dispose();
        _moves?.Stop();
        await _environment.GroupLoop.RunAsync(() => _groups?.Stop());
        await _environment.TransactionLoop.RunAsync(() => _transactions?.Coordinator.Stop());
        await _environment.DiskWork.RunAsync(() => _replicas?.Stop());
        await ResignAsync();
        await _environment.DiskWork.RunAsync(() => _logs?.Close());
        await AbandonAsync();
        _trace.Stopped(Identity.BrokerId);
    }

    private async Task StartAsync()
    {
        _trace.Starting();
        ConfigNotices.Tell(Config.Current, _trace);
        var tls = new BrokerTls(Config.Current, _environment.Files, _environment.Loggers.CreateLogger<BrokerTls>());
        var sasl = new BrokerSasl(
            Config.Current,
            new SaslEnvironment(
                _environment.Files,
                _environment.Random,
                _environment.Time,
                _environment.Loggers,
                _environment.SystemProperties),
            _scram);
        var store = await ConnectZooKeeperAsync();
        _identity = await BrokerIdentification.IdentifyAsync(store, Config.Current, _environment, _trace);
        var topicConfigs = new TopicLogConfigs(
            store.Configs, Config, _environment.SchedulerLoop, _environment.Loggers.CreateLogger<TopicLogConfigs>());
        var configChanges = await LoadConfigsAsync(store, topicConfigs);
        _logs = await OpenLogsAsync(topicConfigs);

        var linkTimeout = TimeSpan.FromMilliseconds(Config.Current.ControllerSocketTimeoutMs);
        var clients = new InterBrokerClients(
            _environment.Transport, Identity, Config.Current.Values, endpoint => tls.Towards(endpoint, linkTimeout), sasl.Towards);
        var links = new BrokerLinks(clients, Identity, _environment.ControllerLoop);
        var gateway = _gateway = new ControllerGateway(_metadata, clients, _environment.SchedulerLoop, ControllerListener);
        var replicas = new BrokerReplicas(Config, Identity, store, _metadata, _stats, _environment);
        _replicas = replicas.Make(_logs, gateway);
        _followers = replicas.MakeFollowers(_replicas, gateway, clients);
        _moves = replicas.MakeMoves(_replicas);
        var coordinatorPartitions = await CoordinatorPartitionCounts.ReadAsync(store, Config.Current);
        Coordinate(coordinatorPartitions, store, gateway, clients);
        links.Local = TakeOrdersOf(gateway, topicConfigs);
        tls.Reload(Config.Current);
        sasl.Reload(Config.Current);
        var features = await FollowFeaturesAsync(store);
        await store.Brokers.AwaitFreeIdAsync(Identity.BrokerId.Value);
        var authorizer = await AuthorizeAsync(store);
        _dispatcher = MakeDispatcher(store, gateway, links.Local, features, coordinatorPartitions);
        var steps = new RequestSteps { Authorizer = authorizer, Quotas = _quotas };
        await _sockets.BindAsync(Config.Current, _dispatcher, steps, tls, sasl);
        Config.OnChange(_ => topicConfigs.OnBrokerConfigChanged());
        Config.OnChange(tls.Reload);
        Config.OnChange(changed => _followers.Resize(changed.NumReplicaFetchers));
        Config.OnChange(sasl.Reload);
        Config.OnValidate(tls.Check);
        Config.OnValidate(sasl.Check);
        Config.OnValidate(_sockets.CheckAsync);
        Config.OnChange(_sockets.Reconfigure);
        Config.OnChange(changed => _environment.Reconfigured?.Invoke(changed));
        _environment.Reconfigured?.Invoke(Config.Current);
        Config.OnChange(new RestartNotices(Config.Current, _environment.Loggers.CreateLogger<RestartNotices>()).Tell);
        _replicas.Start();
        _groups!.Start();
        _transactions!.Coordinator.Start();

        var membership = new ClusterMembership(Config.Current, Identity, store, _environment, _trace);
        await membership.JoinAsync(Ports, gateway, links);
        Config.OnChange(membership.Reconfigure);
        await FollowConfigsAsync(store, configChanges);
        await membership.AwaitOwnMetadataAsync(_metadata, gateway);
        _sockets.Serve();
        _trace.Started(Identity.BrokerId);
    }

    private string ControllerListener => Config.Current.Listeners.ControlPlane ?? Config.Current.Listeners.InterBroker;

    private async Task<MetadataStore> ConnectZooKeeperAsync()
    {
        var config = Config.Current;
        _zooKeeper = _environment.OpenZooKeeper is { } open
            ? await open()
            : await ZooKeeperConnection.OpenAsync(config, _environment);
        _store = new MetadataStore(
            _zooKeeper,
            _environment.ZooKeeperLoop,
            _environment.Random,
            config.InterBrokerProtocolVersion,
            config.ZooKeeperSetAcl,
            _environment.Loggers);
        _store.Session.Start();
        await _store.Cluster.CreateTopLevelPathsAsync();
        return _store;
    }

    /// <summary>Reads what ZooKeeper holds of the broker's and the topics' configuration, before a log is opened with it.</summary>
    private async Task<ConfigChanges> LoadConfigsAsync(MetadataStore store, TopicLogConfigs topicConfigs)
    {
        _quotas = new QuotaEnforcement(Config.Current, _environment.Time);
        var quotas = new StoredQuotas(
            store.Configs, _quotas, _sockets.Connections, _environment.Resolver, _environment.Loggers.CreateLogger<StoredQuotas>());
        var changes = new ConfigChanges(
            store.Configs, Config, _passwords, topicConfigs, quotas, Identity.BrokerId, _environment.Loggers.CreateLogger<ConfigChanges>())
        {
            ScramUserChanged = _scram.Update,
            UncleanElectionEnabled = topic => _gateway?.Local?.EnableUncleanLeaderElection(topic),
        };
        await _passwords.RotateAsync(store.Configs, Identity.BrokerId);
        await changes.LoadBrokerConfigAsync();
        await _scram.LoadAsync(new ScramUsers(store.Configs));
        if (!_scram.IsEmpty && !Config.Current.ZooKeeperSetAcl)
        {
            _trace.ReadableSecrets();
        }

        await topicConfigs.LoadAllAsync();
        await quotas.LoadAsync();
        return changes;
    }

    private async Task<LogStore> OpenLogsAsync(TopicLogConfigs topicConfigs)
    {
        var logs = await BrokerLogs.OpenAsync(Config, _environment, topicConfigs, OnDirectoryFailed);
        topicConfigs.Logs = logs;
        if (BrokerLogs.WantedFiles(logs, _environment.OpenFilesMax) is var wanted && wanted > _environment.OpenFilesMax)
        {
            _trace.OpenFileLimitLow(_environment.OpenFilesMax, logs.Logs.Count, wanted);
        }

        if (logs.Cleaner is { } cleaner)
        {
            _cleanerMetrics = new LogCleanerMetrics(cleaner, logs.Directories);
            Config.OnChange(changed => _environment.DiskWork.Execute(() => cleaner.Reconfigure(BrokerLogs.Cleaner(changed)!)));
        }

        logs.Start();
        return logs;
    }

    private ControllerRequests TakeOrdersOf(ControllerGateway gateway, TopicLogConfigs topicConfigs)
    {
        var stateChanges = new ReplicaStateChanges(
            _replicas!, topicConfigs.Of, _environment.Loggers.CreateLogger("state.change.logger"));
        return new ControllerRequests(
            stateChanges,
            _metadata,
            topicConfigs,
            _followers!,
            () => gateway.BrokerEpoch,
            _environment.ReplicaStateLoop,
            () => _directoryFailures.Run(TellOfFailedDirectoryAsync))
        {
            PartitionsDeleted = _groups!.OnPartitionsDeleted,
            ReplicasAssigned = _moves!.Resume,
        };
    }

    private void Coordinate(
        CoordinatorPartitionCounts counts, MetadataStore store, ControllerGateway gateway, InterBrokerClients clients)
    {
        _groups = GroupCoordination.Make(Config.Current, counts, _replicas!, _environment);
        _groupMetrics = new GroupMetrics(_groups);
        var blocks = new ProducerIdBlocks(
            gateway,
            store.ProducerIds,
            Identity,
            Config.Current.InterBrokerProtocolVersion,
            _environment.Loggers.CreateLogger<ProducerIdBlocks>());
        _transactions = new TransactionCoordination(
            Config, counts, Identity, _metadata, store, _replicas!, _groups, new ProducerIds(blocks), clients, _environment);
        _replicas!.LeadershipListener = new CoordinatorLeadership(_groups, _transactions.Coordinator);
    }

    private RequestDispatcher MakeDispatcher(
        MetadataStore store,
        ControllerGateway gateway,
        ControllerRequests controllerRequests,
        FinalizedFeatureListener features,
        CoordinatorPartitionCounts coordinatorPartitions)
    {
        var config = Config.Current;
        var sessions = new FetchSessionCache(
            config.MaxIncrementalFetchSessionCacheSlots, _environment.Time, _environment.Random);
        _metrics = new BrokerMetrics(_replicas!, sessions);
        var handlers = new RequestHandlers
        {
            Identity = Identity,
            Config = Config,
            Passwords = _passwords,
            Metadata = _metadata,
            Store = store,
            Admin = new AdminOperations(
                store,
                _environment.Random,
                config.InterBrokerProtocolVersion,
                new TopicDefaults(config.NumPartitions, config.DefaultReplicationFactor),
                new TopicConfigValidator()),
            Replicas = _replicas!,
            Moves = _moves!,
            DiskWork = _environment.DiskWork,
            Sessions = sessions,
            Groups = _groups!,
            Transactions = _transactions!,
            CoordinatorPartitions = coordinatorPartitions,
            Controller = gateway,
            ControllerRequests = controllerRequests,
            Timers = _environment.SchedulerLoop,
            LongReads = _environment.LongReads,
            Loggers = _environment.Loggers,
            Resolver = _environment.Resolver,
            LoggerLevels = _environment.LoggerLevels,
            Stats = _stats,
            Quotas = _quotas!,
            Acls = _acls,
        };
        return new RequestDispatcher(handlers.Make(), new FinalizedFeatureAnswers(features).AddTo);
    }

    private async Task<FinalizedFeatureListener> FollowFeaturesAsync(MetadataStore store)
    {
        var features = new FinalizedFeatureListener(
            store, _environment.ZooKeeperLoop, _environment.Loggers.CreateLogger<FinalizedFeatureListener>());
        await features.StartAsync();
        return features;
    }

    /// <summary>Loads the ACLs before the first request can ask for them; null where no authorizer is configured.</summary>
    private async Task<IAuthorizer?> AuthorizeAsync(MetadataStore store)
    {
        if (AclAuthorizerConfig.Read(Config.Current) is not { } config)
        {
            return null;
        }

        var trace = new AuthorizerTrace(_environment.Loggers);
        var authorizer = new AclAuthorizer(config, trace);
        _acls = new AclAdministration(authorizer, store.Acls, _environment.ZooKeeperLoop, _environment.Random, trace);
        await _acls.StartAsync(store.Znodes, store.Session, _environment.Loggers);
        return authorizer;
    }

    private async Task FollowConfigsAsync(MetadataStore store, ConfigChanges changes)
    {
        _configListener = new ChangeNotificationListener(
            store.Znodes,
            store.Session,
            ConfigChangeZnode.ParentPath,
            ConfigChangeZnode.SequencePrefix,
            changes.HandleAsync,
            _environment.ZooKeeperLoop,
            _environment.Loggers.CreateLogger<ChangeNotificationListener>());
        await _configListener.StartAsync();
    }

    private async Task MoveLeadershipsAwayAsync()
    {
        if (Config.Current.ControlledShutdownEnable)
        {
            // With ZooKeeper away no leadership can be moved, and asking would take as long as it stays away.
            var patience = _zooKeeper is { State: ZooKeeperSessionState.Connected }
                ? TimeSpan.FromMilliseconds(Config.Current.ControllerSocketTimeoutMs)
                : TimeSpan.Zero;
            await WithinAsync(new ControlledShutdown(_gateway!, Identity, Config, _environment).RunAsync(), patience);
        }
    }

    private async Task ResignAsync()
    {
        if (_gateway?.Local is { } controller)
        {
            await WithinAsync(controller.StopAsync(), StopPatience);
        }
    }

    /// <summary>Lets go of what a failed start, or a finished stop, still holds.</summary>
    private async Task AbandonAsync()
    {
        _sockets.Dispose();
        _followers?.Dispose();
        _transactions?.Dispose();
        _gateway?.Dispose();
        _metrics?.Dispose();
        _groupMetrics?.Dispose();
        _cleanerMetrics?.Dispose();
        _stats.Dispose();
        if (_zooKeeper is not null)
        {
            await WithinAsync(_zooKeeper.CloseAsync(), StopPatience);
        }
    }

    private async Task WithinAsync(Task step, TimeSpan patience)
    {
        if (await _environment.SchedulerLoop.EndsWithinAsync(step, patience, _lateSteps))
        {
            await step;
        }
        else
        {
            _trace.Impatient(patience.TotalMilliseconds);
        }
    }

    private void OnDirectoryFailed(LogDirectory directory)
    {
        if (_replicas?.TakeOffline(directory) is { } lost)
        {
            _followers?.Unfollow(lost);
        }

        _directoryFailures.Run(TellOfFailedDirectoryAsync);
    }

    private async Task TellOfFailedDirectoryAsync()
    {
        if (_store is not null && _identity is not null)
        {
            await new LogDirFailureNotice(_store.Notifications, _environment.SchedulerLoop, _trace).GiveAsync(_identity.BrokerId);
        }
    }
}
