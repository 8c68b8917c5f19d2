using ClassicBroker.Controller;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Replication.State;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Topics;
using ClassicBroker.Storage;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server;

/// <summary>
/// One broker: puts its parts together in Kafka's order of start and takes them apart in Kafka's order of stop. Owned by the executable,
/// or by a test. Threading: started and stopped by one caller; what runs in between belongs to the loops of the environment.
/// </summary>
public sealed partial class KafkaServer
{
    private static readonly TimeSpan OwnMetadataPatience = TimeSpan.FromSeconds(5);

    /// <summary>What a stop grants to anything that may hang on a ZooKeeper that is away.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly KafkaServerEnvironment _environment;
    private readonly ILogger _logger;
    private readonly MetadataCache _metadata = new();
    private readonly RequestMetrics _requestMetrics = new();
    private BrokerMetrics? _metrics;
    private IZooKeeper? _zooKeeper;
    private MetadataStore? _store;
    private ListenerSockets? _sockets;
    private LogStore? _logs;
    private ReplicaSet? _replicas;
    private ControllerGateway? _gateway;
    private ChangeNotificationListener? _configListener;
    private BrokerIdentity? _identity;

    private KafkaServer(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("kafka.server.KafkaServer");
        Config = new DynamicBrokerConfig(
            properties, environment.CanonicalHostName, environment.Loggers.CreateLogger<DynamicBrokerConfig>());
    }

    public DynamicBrokerConfig Config { get; }

    public BrokerIdentity Identity => _identity ?? throw new InvalidOperationException("The broker has not started.");

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets?.Ports ?? new SortedDictionary<string, int>(StringComparer.Ordinal);

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
            failure is LogDirectoryException or DuplicateBrokerException or ZooKeeperException or StorageException)
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
        LogStopping(Identity.BrokerId);
        if (Config.Current.Values.Bool("controlled.shutdown.enable"))
        {
            await WithinAsync(new ControlledShutdown(_gateway!, Identity, Config, _environment).RunAsync(), ControlledShutdownPatience());
        }

        _configListener?.Stop();
        _sockets?.Dispose();
        await OnSchedulerAsync(() => _replicas?.Stop());
        if (_gateway?.Local is { } controller)
        {
            await WithinAsync(controller.StopAsync(), StopPatience);
        }

        await OnSchedulerAsync(() => _logs?.Close());
        await AbandonAsync();
        LogStopped(Identity.BrokerId);
    }

    private async Task StartAsync()
    {
        LogStarting();
        WarnOfUnknownKeys();
        var config = Config.Current;
        _zooKeeper = _environment.OpenZooKeeper is { } open
            ? await open()
            : await ZooKeeperConnection.OpenAsync(config, _environment);
        _store = new MetadataStore(
            _zooKeeper,
            _environment.ZooKeeperLoop,
            _environment.Random,
            config.InterBrokerProtocolVersion,
            config.Values.Bool("zookeeper.set.acl"),
            _environment.Loggers);
        _store.Session.Start();
        await _store.Cluster.CreateTopLevelPathsAsync();
        _identity = await IdentifyAsync(_store);

        var changes = new Func<TopicLogConfigs, ConfigChanges>(topics => new ConfigChanges(
            _store.Configs, Config, topics, _identity.BrokerId, _environment.Loggers.CreateLogger<ConfigChanges>()));
        var topicConfigs = new TopicLogConfigs(_store.Configs, Config);
        var configChanges = changes(topicConfigs);
        await configChanges.LoadBrokerConfigAsync();
        await topicConfigs.LoadAllAsync();
        _logs = await OpenLogsAsync(topicConfigs);

        var links = new BrokerLinks(
            _environment.Transport, _identity, TimeSpan.FromMilliseconds(config.Values.Int("controller.socket.timeout.ms")));
        _gateway = new ControllerGateway(_metadata, links, config.Listeners.ControlPlane ?? config.Listeners.InterBroker);
        _replicas = MakeReplicas(_gateway, _store);
        var stateChanges = new ReplicaStateChanges(_replicas, topicConfigs.Of, _environment.Loggers.CreateLogger("state.change.logger"));
        var controllerRequests = new ControllerRequests(stateChanges, _metadata, topicConfigs, () => _gateway.BrokerEpoch);
        links.Local = controllerRequests;
        await BindAsync(MakeHandlers(controllerRequests));
        Config.OnChange(_ => topicConfigs.OnBrokerConfigChanged());

        _replicas.Start();
        await RegisterAsync(links);
        _configListener = new ChangeNotificationListener(
            _store.Znodes,
            _store.Session,
            ConfigChangeZnode.ParentPath,
            ConfigChangeZnode.SequencePrefix,
            configChanges.HandleAsync,
            _environment.ZooKeeperLoop,
            _environment.Loggers.CreateLogger<ChangeNotificationListener>());
        await _configListener.StartAsync();
        await ServeAsync();
        LogStarted(_identity.BrokerId);
    }

    /// <summary>Cluster id, broker id, and whether the data directories belong to them.</summary>
    private async Task<BrokerIdentity> IdentifyAsync(MetadataStore store)
    {
        var config = Config.Current;
        var clusterId = await store.Cluster.GetOrCreateClusterIdAsync();
        LogClusterId(clusterId);
        var directories = config.LogDirs.Select(Path.GetFullPath).ToList();
        var found = MetaPropertiesEnsemble.Load(_environment.Files, directories);
        var brokerId = config.BrokerId >= 0 ? new BrokerId(config.BrokerId)
            : found.BrokerId ?? new BrokerId(await store.Cluster.GenerateBrokerIdAsync(config.ReservedBrokerMaxId));
        found.Verify(brokerId, clusterId);
        found.WriteMissing(
            brokerId, clusterId, _environment.Time.GetUtcNow(), (directory, failure) => LogDirectoryRefused(directory, failure.Message));
        return new BrokerIdentity(brokerId, clusterId);
    }

    private async Task<LogStore> OpenLogsAsync(TopicLogConfigs topicConfigs)
    {
        var values = Config.Current.Values;
        var logs = await LogStore.OpenAsync(
            new LogStoreSettings
            {
                Directories = [.. Config.Current.LogDirs.Select(Path.GetFullPath)],
                RecoveryThreadsPerDataDir = values.Int("num.recovery.threads.per.data.dir"),
                RetentionCheckIntervalMs = values.Long("log.retention.check.interval.ms"),
                FlushSchedulerIntervalMs = values.Long("log.flush.scheduler.interval.ms"),
                RecoveryPointCheckpointIntervalMs = values.Int("log.flush.offset.checkpoint.interval.ms"),
                LogStartCheckpointIntervalMs = values.Int("log.flush.start.offset.checkpoint.interval.ms"),
                HighWatermarkCheckpointIntervalMs = values.Long("replica.high.watermark.checkpoint.interval.ms"),
                ProducerIdExpirationCheckIntervalMs = values.Int("producer.id.expiration.check.interval.ms"),
                InitialTaskDelayMs = values.Long("log.initial.task.delay.ms"),
            },
            new StorageEnvironment
            {
                Files = _environment.Files,
                Housekeeping = _environment.SchedulerLoop,
                Time = _environment.Time,
                Random = _environment.Random,
                Loggers = _environment.Loggers,
                ProducerIdExpirationMs = values.Int("producer.id.expiration.ms"),
            },
            _environment.RecoveryLoops,
            topicConfigs.Of);
        logs.DirectoryFailed = (directory, _) => OnDirectoryFailed(directory);
        logs.AllDirectoriesFailed = () => _environment.Halt(1);
        topicConfigs.Logs = logs;
        logs.Start();
        return logs;
    }

    private ReplicaSet MakeReplicas(ControllerGateway gateway, MetadataStore store)
    {
        var config = Config.Current;
        IIsrChanges isrChanges = config.InterBrokerProtocolVersion.SupportsAlterPartition()
            ? new ControllerIsrChanges(
                gateway,
                Identity,
                config.InterBrokerProtocolVersion,
                _environment.SchedulerLoop,
                _environment.Loggers.CreateLogger<ControllerIsrChanges>())
            : new ZooKeeperIsrChanges(store.PartitionStates, store.Notifications, _environment.SchedulerLoop);
        return new ReplicaSet(
            new ReplicationSettings
            {
                BrokerId = Identity.BrokerId,
                ReplicaLagTimeMaxMs = config.ReplicaLagTimeMaxMs,
                ProducerPurgatoryPurgeIntervalRequests = config.Values.Int("producer.purgatory.purge.interval.requests"),
                FetchPurgatoryPurgeIntervalRequests = config.Values.Int("fetch.purgatory.purge.interval.requests"),
                DeleteRecordsPurgatoryPurgeIntervalRequests = config.Values.Int("delete.records.purgatory.purge.interval.requests"),
            },
            _logs!,
            new ClusterView(_metadata),
            isrChanges,
            _environment.SchedulerLoop,
            _environment.Loggers.CreateLogger<ReplicaSet>());
    }

    private RequestDispatcher MakeHandlers(ControllerRequests controllerRequests)
    {
        var config = Config.Current;
        var sessions = new FetchSessionCache(
            config.Values.Int("max.incremental.fetch.session.cache.slots"), _environment.Time, _environment.Random);
        _metrics = new BrokerMetrics(_replicas!, sessions);
        var handlers = new RequestHandlers
        {
            Identity = Identity,
            Config = Config,
            Metadata = _metadata,
            Store = _store!,
            Admin = new AdminOperations(
                _store!,
                _environment.Random,
                config.InterBrokerProtocolVersion,
                new TopicDefaults(config.NumPartitions, config.DefaultReplicationFactor),
                new TopicConfigValidator()),
            Replicas = _replicas!,
            Sessions = sessions,
            Controller = _gateway!,
            ControllerRequests = controllerRequests,
            Timers = _environment.SchedulerLoop,
            Loggers = _environment.Loggers,
        };
        return new RequestDispatcher(handlers.Make());
    }

    private Task BindAsync(RequestDispatcher dispatcher)
    {
        var config = Config.Current;
        var trace = new RequestTrace(_environment.Loggers);
        var limits = new RequestLimits
        {
            FrameLengthMax = config.SocketRequestMaxBytes,
            IdleMax = TimeSpan.FromMilliseconds(config.Values.Long("connections.max.idle.ms")),
        };
        _sockets = new ListenerSockets(_environment.Loggers.CreateLogger<ListenerSockets>());
        var quotas = new ConnectionQuotas(_environment.Time)
        {
            Limits = new ConnectionLimits
            {
                TotalMax = config.Values.Int("max.connections"),
                PerAddressMax = config.Values.Int("max.connections.per.ip"),
                CreationRateMax = config.Values.Int("max.connection.creation.rate"),
                ProtectedListener = config.Listeners.InterBroker,
            },
        };
        return _sockets.BindAsync(
            config,
            _environment.Transport,
            endpoint => new RequestPipeline(
                new RequestListener(endpoint.ListenerName, endpoint.SecurityProtocol), dispatcher, limits, _requestMetrics, trace),
            quotas);
    }

    private async Task RegisterAsync(BrokerLinks links)
    {
        var config = Config.Current;
        var registration = new BrokerRegistration(
            Identity.BrokerId.Value,
            [
                .. config.Listeners.Advertised.Select(
                    endpoint => endpoint.Port == 0 ? endpoint with { Port = Ports[endpoint.ListenerName] } : endpoint)
            ],
            config.Rack,
            JmxPort: -1,
            _environment.Time.UnixMs());
        AnnounceListeners(registration);
        var epoch = await _store!.Brokers.RegisterAsync(registration);
        var services = ControllerServices.Create(
            new ControllerConfig
            {
                BrokerId = Identity.BrokerId.Value,
                InterBrokerProtocol = config.InterBrokerProtocolVersion,
                ControllerListenerName = config.Listeners.ControlPlane ?? config.Listeners.InterBroker,
                DeleteTopicEnable = config.DeleteTopicEnable,
                AutoLeaderRebalanceEnable = config.Values.Bool("auto.leader.rebalance.enable"),
                LeaderImbalanceCheckInterval = TimeSpan.FromSeconds(config.Values.Long("leader.imbalance.check.interval.seconds")),
                LeaderImbalancePerBrokerPercentage = config.Values.Int("leader.imbalance.per.broker.percentage"),
                UncleanLeaderElectionEnable = config.Values.Bool("unclean.leader.election.enable"),
            },
            _store,
            _environment.ControllerLoop,
            links,
            _environment.Random,
            _environment.Loggers);
        var controller = new KafkaController(services, epoch, () => registration with { TimestampMs = _environment.Time.UnixMs() });
        _gateway!.Attach(controller);
        controller.Start();
    }

    /// <summary>
    /// Connections are served once this broker knows itself from the controller's metadata: earlier, clients would be told that the
    /// cluster has no brokers. A controller elsewhere needs a connection for that, so the wait is over as soon as another broker holds
    /// the office.
    /// </summary>
    private async Task ServeAsync()
    {
        var patience = _environment.Time.GetUtcNow() + OwnMetadataPatience;
        while (!_metadata.Current.IsAlive(Identity.BrokerId.Value)
            && (_gateway!.IsActive || _gateway.Local!.ActiveControllerId == KafkaController.NoController)
            && _environment.Time.GetUtcNow() < patience)
        {
            await _metadata.WaitForAsync(
                image => image.IsAlive(Identity.BrokerId.Value), TimeSpan.FromMilliseconds(10), _environment.SchedulerLoop);
        }

        _sockets!.Serve();
    }

    private TimeSpan ControlledShutdownPatience()
    {
        // With ZooKeeper away nobody can move a leadership, and asking would take as long as it stays away.
        var isConnected = _zooKeeper is { State: ZooKeeperSessionState.Connected };
        return isConnected ? TimeSpan.FromMilliseconds(Config.Current.Values.Int("controller.socket.timeout.ms")) : TimeSpan.Zero;
    }

    private async Task WithinAsync(Task step, TimeSpan patience)
    {
        // Not Task.WhenAny, which leaves the loop for the thread pool when a step ends that resumes its waiters asynchronously.
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timeout = _environment.SchedulerLoop.Schedule(() => ended.TrySetResult(false), patience);
        _ = AnnounceEndAsync(step, ended);
        if (await ended.Task)
        {
            timeout.Cancel();
            await step;
        }
        else
        {
            LogImpatient(patience.TotalMilliseconds);
        }
    }

    /// <summary>A step that fails has ended too; whoever awaits the step itself hears how.</summary>
    private static async Task AnnounceEndAsync(Task step, TaskCompletionSource<bool> ended)
    {
        try
        {
            await step;
        }
        finally
        {
            ended.TrySetResult(true);
        }
    }

    private Task OnSchedulerAsync(Action work) =>
        _environment.SchedulerLoop.InvokeAsync(() =>
        {
            work();
            return Task.CompletedTask;
        });

    /// <summary>Lets go of what a failed start, or a finished stop, still holds.</summary>
    private async Task AbandonAsync()
    {
        _sockets?.Dispose();
        _gateway?.Dispose();
        _requestMetrics.Dispose();
        _metrics?.Dispose();
        if (_zooKeeper is not null)
        {
            await WithinAsync(_zooKeeper.CloseAsync(), StopPatience);
        }
    }

    private async void OnDirectoryFailed(LogDirectory directory)
    {
        _replicas?.TakeOffline(directory);
        if (_store is not null && _identity is not null)
        {
            await _store.Notifications.NotifyLogDirFailureAsync(_identity.BrokerId.Value);
        }
    }

    private void WarnOfUnknownKeys()
    {
        foreach (var key in Config.Current.UnknownKeys())
        {
            LogUnknownKey(key);
        }
    }

    private void AnnounceListeners(BrokerRegistration registration)
    {
        foreach (var bound in Config.Current.Listeners.Bound)
        {
            var advertised = registration.Endpoint(bound.ListenerName);
            LogListener(bound.ToString(), advertised?.ToString() ?? "not advertised");
            if (advertised is { Host: "localhost" or "127.0.0.1" or "::1" } && bound.Host is "" or "0.0.0.0" or "::")
            {
                LogAdvertisedLocalhost(bound.ListenerName, advertised!.Host);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "starting")]
    private partial void LogStarting();

    [LoggerMessage(Level = LogLevel.Information, Message = "Cluster ID = {ClusterId}")]
    private partial void LogClusterId(string clusterId);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] started")]
    private partial void LogStarted(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not waiting longer than {PatienceMs} ms for a step of the shutdown")]
    private partial void LogImpatient(double patienceMs);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] shutting down")]
    private partial void LogStopping(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] shut down completed")]
    private partial void LogStopped(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Listener {Bound} -> {Advertised}")]
    private partial void LogListener(string bound, string advertised);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Listener {Listener} accepts connections from every machine but advertises {Host}: clients elsewhere will connect "
            + "and then be sent to their own machine. Set advertised.listeners to a name they can resolve")]
    private partial void LogAdvertisedLocalhost(string listener, string host);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Property {Key} is not valid: no part of the broker reads it")]
    private partial void LogUnknownKey(string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "Log directory {Directory} cannot be written: {Reason}")]
    private partial void LogDirectoryRefused(string directory, string reason);
}
