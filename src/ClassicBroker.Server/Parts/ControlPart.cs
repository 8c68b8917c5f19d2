using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Parts;

/// <summary>The ways to other brokers and to the controller, wherever it is. Threading: any once made.</summary>
internal sealed class ControlPart : BrokerPart
{
    private readonly BrokerCore _core;

    public ControlPart(BrokerCore core, ListenerSecurityPart security, ClusterPart cluster, ConfigurationPart configuration)
    {
        _core = core;
        var (environment, config) = (core.Environment, core.Config.Current);
        var timeout = TimeSpan.FromMilliseconds(config.ControllerSocketTimeoutMs);
        Clients = new InterBrokerClients(
            environment.Transport,
            cluster.Identity,
            config.Values,
            endpoint => security.Tls.Towards(endpoint, timeout),
            security.Sasl.Towards);
        Links = new BrokerLinks(Clients, cluster.Identity, environment.ControllerLoop);
        Gateway = new ControllerGateway(core.Metadata, Clients, environment.SchedulerLoop, core.ControllerListener);
        configuration.Changes.UncleanElectionEnabled = topic => Gateway.Local?.EnableUncleanLeaderElection(topic);
    }

    public InterBrokerClients Clients { get; }

    /// <summary>The controller's ways to brokers, for the time it is this one.</summary>
    public BrokerLinks Links { get; }

    public ControllerGateway Gateway { get; }

    public override Task StopAsync() =>
        Gateway.Local is { } controller ? _core.WithinAsync(controller.StopAsync(), BrokerCore.StopPatience) : Task.CompletedTask;

    public override Task ReleaseAsync()
    {
        Gateway.Dispose();
        return Task.CompletedTask;
    }
}
