using ClassicBroker.Platform;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Replication.State;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Parts;

/// <summary>The replicas, what fills and moves them, and what the controller has done with them. Threading: any once started.</summary>
internal sealed class ReplicationPart : BrokerPart
{
    private readonly BrokerCore _core;
    private readonly ClusterPart _cluster;
    private readonly ControlPart _control;

    public ReplicationPart(
        BrokerCore core, ClusterPart cluster, ConfigurationPart configuration, LogsPart logs, ControlPart control)
    {
        (_core, _cluster, _control) = (core, cluster, control);
        var (environment, config) = (core.Environment, core.Config.Current);
        var made = new BrokerReplicas(core.Config, cluster.Identity, cluster.Store, core.Metadata, core.Stats, environment);
        Replicas = made.Make(logs.Logs, control.Gateway, Stands);
        Followers = made.MakeFollowers(Replicas, control.Gateway, control.Clients);
        Moves = made.MakeMoves(Replicas);
        Sessions = new FetchSessionCache(config.MaxIncrementalFetchSessionCacheSlots, environment.Time, environment.Random);
        ReplicaMetrics.Register(core.Meters, Replicas, () => core.Config.Current.TransactionMaxTimeoutMs);
        ReplicaMetrics.Register(core.Meters, Sessions);
        FollowerMetrics.Register(core.Meters, Followers, Moves, core.Metadata, config.Listeners.InterBroker, environment.Time);
        QuotaMetrics.Register(core.Meters, made.LeaderQuota, made.FollowerQuota, made.MoveQuota);
        logs.TakeOffline = TakeOffline;
        Orders = new ControllerRequests(
            new ReplicaStateChanges(Replicas, configuration.Topics.Of, environment.Loggers.CreateLogger("state.change.logger")),
            core.Metadata,
            configuration.Topics,
            Followers,
            () => control.Gateway.BrokerEpoch,
            environment.ReplicaStateLoop,
            logs.TellController)
        {
            ReplicasAssigned = Moves.Resume,
            BrokersGone = Replicas.OnBrokersGone,
        };
        control.Links.Local = Orders;
    }

    public ReplicaManager Replicas { get; }

    public ReplicaFetcherManager Followers { get; }

    /// <summary>Between log directories.</summary>
    public LogDirMoves Moves { get; }

    public FetchSessionCache Sessions { get; }

    /// <summary>What the controller asks of this broker.</summary>
    public ControllerRequests Orders { get; }

    /// <summary>
    /// Does what a controller decided for that registration of the broker stand, as far as the session lets know? A controller that finds
    /// the broker gone tells others what it decides, and the broker only once that is back.
    /// </summary>
    public bool Stands(long brokerEpoch) =>
        _cluster.Store.Session.IsCertain
        && _control.Gateway.IsRegistered
        && (brokerEpoch < 0 || brokerEpoch >= _control.Gateway.BrokerEpoch);

    public override Task StartAsync()
    {
        _core.Config.OnChange(changed => Followers.Resize(changed.NumReplicaFetchers));
        Replicas.Start();
        return Task.CompletedTask;
    }

    public override Task StopAsync()
    {
        Followers.Dispose();
        Moves.Stop();
        return _core.Environment.DiskWork.RunAsync(Replicas.Stop);
    }

    public override Task ReleaseAsync()
    {
        Followers.Dispose();
        return Task.CompletedTask;
    }

    private void TakeOffline(LogDirectory directory) => Followers.Unfollow(Replicas.TakeOffline(directory));
}
