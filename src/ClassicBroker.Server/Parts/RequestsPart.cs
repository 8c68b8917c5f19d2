using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// The listeners, and the handlers their requests come to. Connections are taken from the start on and read from <see cref="Serve"/> on.
/// Threading: those of the network loops.
/// </summary>
internal sealed class RequestsPart(
    BrokerCore core,
    ListenerSecurityPart security,
    ClusterPart cluster,
    ConfigurationPart configuration,
    AuthorizationPart authorization,
    IEnumerable<IRequestHandler> handlers) : BrokerPart
{
    private readonly RequestDispatcher _dispatcher = new(handlers, new FinalizedFeatureAnswers(cluster.Features).AddTo);
    private SocketServer? _sockets;

    /// <summary>What every API checks, as its handler declares it.</summary>
    public IEnumerable<(ApiDescriptor Api, IReadOnlyList<AccessRule> Rules)> AccessRules => _dispatcher.AccessRules;

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets!.Ports;

    /// <summary>Has <paramref name="taken"/> called on the scheduler loop when the listeners of a changed configuration are open.</summary>
    public void OnReconfigured(Func<KafkaConfig, Task> taken) => _sockets!.Reconfigured = taken;

    /// <summary>Takes connections once no other session holds the broker's id: none waits at a broker that does not answer.</summary>
    public override async Task StartAsync()
    {
        await cluster.Store.Brokers.AwaitFreeIdAsync(cluster.Identity.BrokerId.Value);
        var steps = new RequestSteps
        {
            Authorizer = authorization.Authorizer,
            Quotas = configuration.Quotas,
            Activities = core.Environment.Activities,
        };
        _sockets = new SocketServer(
            core.Environment,
            configuration.Connections,
            core.Config.Current,
            _dispatcher,
            steps,
            security.Tls,
            security.Sasl,
            core.Meters);
        await _sockets.BindAsync(core.Config.Current);
        core.Config.OnValidate(_sockets.CheckAsync);
        core.Config.OnChange(_sockets.Reconfigure);
    }

    public void Serve() => _sockets!.Serve();

    public override Task StopAsync()
    {
        core.State = BrokerState.ShuttingDown;
        _sockets!.Close();
        return Task.CompletedTask;
    }

    public override Task ReleaseAsync()
    {
        _sockets?.Dispose();
        return Task.CompletedTask;
    }
}
