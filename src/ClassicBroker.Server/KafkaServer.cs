using ClassicBroker.Controller;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Replication;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Handlers;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Parts;
using ClassicBroker.Storage;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server;

/// <summary>
/// One broker: a list of parts that start in Kafka's order and stop in the reverse. Owned by the executable, or by a test. Threading:
/// started and stopped by one caller; what runs in between belongs to the loops of the environment.
/// </summary>
public sealed class KafkaServer
{
    private readonly BrokerCore _core;
    private readonly Stack<BrokerPart> _parts = new();
    private ClusterPart? _cluster;
    private LogsPart? _logs;
    private ControlPart? _control;
    private ReplicationPart? _replication;
    private CoordinationPart? _coordination;
    private RequestsPart? _requests;

    private KafkaServer(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        _core = new BrokerCore(properties, environment);
        ServerMetrics.Register(_core.Meters, environment.Time, () => _core.State, () => _cluster?.KnownIdentity);
        ServerMetrics.Register(_core.Meters, _core.ShutdownProgress);
    }

    public DynamicBrokerConfig Config => _core.Config;

    public BrokerIdentity Identity => Started(_cluster).Identity;

    /// <summary>Where it is in its life.</summary>
    public BrokerState State => _core.State;

    /// <summary>Of the session with ZooKeeper; null before there is one.</summary>
    public ZooKeeperSessionState? ZooKeeperState => _cluster?.SessionState;

    /// <summary>The session with ZooKeeper, for those who look at znodes; null before there is one.</summary>
    public IZooKeeper? ZooKeeper => _cluster?.ZooKeeper;

    /// <summary>Does the cluster know it, as its own metadata say?</summary>
    public bool IsRegistered => _cluster?.KnownIdentity is { } identity && _core.Metadata.Current.IsAlive(identity.BrokerId.Value);

    /// <summary>Who is the active controller as far as it knows; negative where none is known.</summary>
    public int ActiveControllerId => _control?.Gateway.Local?.ActiveControllerId ?? KafkaController.NoController;

    /// <summary>How many log directories it was given.</summary>
    public int DirectoryCount => _logs?.Logs?.Directories.Count ?? 0;

    /// <summary>Those of them that have failed.</summary>
    public IReadOnlyList<string> OfflineDirectories =>
        [.. _logs?.Logs?.Directories.Where(directory => !directory.IsOnline).Select(directory => directory.Path) ?? []];

    /// <summary>How far its logs are loaded.</summary>
    public LogLoading Loading => _core.Loading;

    /// <summary>The replicas it holds.</summary>
    public ReplicaManager Replicas => Started(_replication).Replicas;

    /// <summary>The transactional ids it coordinates.</summary>
    public TransactionCoordinator Transactions => Started(_coordination).Transactions.Coordinator;

    /// <summary>What it knows of the cluster.</summary>
    public MetadataCache Metadata => _core.Metadata;

    /// <summary>True while it is the active controller.</summary>
    public bool IsController => _control?.Gateway.IsActive ?? false;

    /// <summary>This broker's part in the controller's election; null before it has one.</summary>
    internal KafkaController? Controller => _control?.Gateway.Local;

    /// <summary>What every API checks, as its handler declares it.</summary>
    public IEnumerable<(ApiDescriptor Api, IReadOnlyList<AccessRule> Rules)> AccessRules => Started(_requests).AccessRules;

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => Started(_requests).Ports;

    /// <summary>A broker that serves. One that cannot leaves nothing behind but what Kafka would leave too.</summary>
    /// <exception cref="ConfigException">The properties are wrong.</exception>
    /// <exception cref="StartException">Something outside is.</exception>
    public static async Task<KafkaServer> StartAsync(IReadOnlyDictionary<string, string> properties, KafkaServerEnvironment environment)
    {
        var server = new KafkaServer(properties, environment);
        environment.Created?.Invoke(server);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch (Exception failure) when (
            failure is LogDirectoryException or DuplicateBrokerException or ZooKeeperException or StorageException
                or MalformedDataException)
        {
            await server.ReleaseAsync();
            throw new StartException(failure.Message, failure);
        }
        catch (Exception failure) when (failure is ConfigException or StartException)
        {
            await server.ReleaseAsync();
            throw;
        }
    }

    /// <summary>
    /// Moves leaderships away where others can take them, then stops in order: every log closed, every checkpoint written.
    /// </summary>
    public async Task StopAsync()
    {
        _core.Trace.Stopping(Identity.BrokerId);
        foreach (var part in _parts)
        {
            await part.StopAsync();
        }

        await ReleaseAsync();
        _core.Trace.Stopped(Identity.BrokerId);
    }

    private async Task StartAsync()
    {
        _core.Trace.Starting();
        ConfigNotices.Tell(_core.Config.Current, _core.Trace);
        var security = await StartAsync(new ListenerSecurityPart(_core));
        _cluster = await StartAsync(new ClusterPart(_core));
        var configuration = await StartAsync(new ConfigurationPart(_core, security, _cluster));
        _logs = await StartAsync(new LogsPart(_core, _cluster, configuration));
        _control = await StartAsync(new ControlPart(_core, security, _cluster, configuration));
        _replication = await StartAsync(new ReplicationPart(_core, _cluster, configuration, _logs, _control));
        _coordination = await StartAsync(new CoordinationPart(_core, _cluster, _control, _replication));
        var authorization = await StartAsync(new AuthorizationPart(_core, _cluster));
        var tokens = await StartAsync(new TokensPart(_core, security, _cluster, _control));
        var handlers = new RequestHandlers(_core, _cluster, configuration, _control, _replication, _coordination, authorization, tokens);
        _requests = await StartAsync(new RequestsPart(_core, security, _cluster, configuration, authorization, handlers.All()));
        var membership = await StartAsync(new MembershipPart(_core, _cluster, _control, _replication, _requests));
        await StartAsync(new ConfigFollowingPart(_core, _cluster, configuration));
        await membership.AwaitOwnMetadataAsync();
        _requests.Serve();
        _core.State = BrokerState.Running;
        _core.Trace.Started(Identity.BrokerId);
    }

    private async Task<TPart> StartAsync<TPart>(TPart part)
        where TPart : BrokerPart
    {
        _parts.Push(part);
        await part.StartAsync();
        return part;
    }

    /// <summary>Lets go of what a failed start, or a finished stop, still holds.</summary>
    private async Task ReleaseAsync()
    {
        foreach (var part in _parts)
        {
            await part.ReleaseAsync();
        }

        _core.State = BrokerState.NotRunning;
        if (_core.Environment.Meters is null)
        {
            _core.Meters.Dispose();
        }
    }

    private static TPart Started<TPart>(TPart? part)
        where TPart : BrokerPart =>
        part ?? throw new InvalidOperationException("The broker has not started.");
}
