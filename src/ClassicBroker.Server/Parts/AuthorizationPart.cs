using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// The authorizer, where one is configured; its lists are loaded before the first request can ask for them. Threading: any once started.
/// </summary>
internal sealed class AuthorizationPart(BrokerCore core, ClusterPart cluster) : BrokerPart
{
    /// <summary>Null where everything is allowed.</summary>
    public IAuthorizer? Authorizer { get; private set; }

    /// <summary>Null where no authorizer is configured.</summary>
    public AclAdministration? Acls { get; private set; }

    public override async Task StartAsync()
    {
        if (AclAuthorizerConfig.Read(core.Config.Current) is not { } config)
        {
            return;
        }

        var (environment, store) = (core.Environment, cluster.Store);
        var trace = new AuthorizerTrace(environment.Loggers);
        var authorizer = new AclAuthorizer(config, trace);
        Acls = new AclAdministration(authorizer, store.Acls, environment.ZooKeeperLoop, environment.Random, trace);
        await Acls.StartAsync(store.Znodes, store.Session, environment.Loggers);
        Authorizer = authorizer;
        SecurityMetrics.Register(core.Meters, authorizer);
    }

    public override Task StopAsync()
    {
        Acls?.Stop();
        return Task.CompletedTask;
    }
}
