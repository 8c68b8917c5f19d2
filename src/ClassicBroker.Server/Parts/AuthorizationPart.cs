using ClassicBroker.Metadata;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Security.Acls;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// The authorizer, where one is configured; its lists are loaded before the first request can ask for them. Threading: any once started.
/// </summary>
internal sealed class AuthorizationPart(BrokerCore core, ClusterPart cluster) : BrokerPart
{
    private IZooKeeper? _ownZooKeeper;

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

        if (config.SuperUsers.Contains(KafkaPrincipal.Anonymous))
        {
            core.Trace.AnonymousSuperUser();
        }

        var (environment, store) = (core.Environment, await StoreAsync());
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

    public override Task ReleaseAsync() =>
        _ownZooKeeper is null ? Task.CompletedTask : core.WithinAsync(_ownZooKeeper.CloseAsync(), BrokerCore.StopPatience);

    /// <summary>Where the lists are kept: by the broker's session, or in a ZooKeeper of the authorizer's own.</summary>
    private async Task<MetadataStore> StoreAsync()
    {
        var environment = core.Environment;
        if (AclAuthorizerConfig.OfOwnZooKeeper(core.Config.Current, environment.CanonicalHostName) is not { } config)
        {
            return cluster.Store;
        }

        _ownZooKeeper = await ZooKeeperConnection.OpenAsync(config, environment);
        var store = new MetadataStore(
            _ownZooKeeper,
            environment.ZooKeeperLoop,
            environment.Random,
            config.InterBrokerProtocolVersion,
            config.ZooKeeperSetAcl,
            environment.Loggers);
        store.Session.Start();
        return store;
    }
}
