using ClassicBroker.Rpc;
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
    private readonly SocketServer _sockets = new(core.Environment, configuration.Connections);

    public RequestDispatcher Dispatcher { get; } = new(handlers, new FinalizedFeatureAnswers(cluster.Features).AddTo);

    /// <summary>The port of each listener, by its name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _sockets.Ports;

    /// <summary>Takes connections once no other session holds the broker's id: none waits at a broker that does not answer.</summary>
    public override async Task StartAsync()
    {
        await cluster.Store.Brokers.AwaitFreeIdAsync(cluster.Identity.BrokerId.Value);
        var steps = new RequestSteps { Authorizer = authorization.Authorizer, Quotas = configuration.Quotas };
        await _sockets.BindAsync(core.Config.Current, Dispatcher, steps, security.Tls, security.Sasl);
        core.Config.OnValidate(_sockets.CheckAsync);
        core.Config.OnChange(_sockets.Reconfigure);
    }

    public void Serve() => _sockets.Serve();

    public override Task StopAsync()
    {
        _sockets.Close();
        return Task.CompletedTask;
    }

    public override Task ReleaseAsync()
    {
        _sockets.Dispose();
        return Task.CompletedTask;
    }
}
