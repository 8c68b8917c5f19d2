using ClassicBroker.Metadata;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Parts;

/// <summary>The session with ZooKeeper, and who this broker is in the cluster it finds there. Threading: any once started.</summary>
internal sealed class ClusterPart(BrokerCore core) : BrokerPart
{
    private IZooKeeper? _zooKeeper;

    public MetadataStore Store { get; private set; } = null!;

    public BrokerIdentity Identity => KnownIdentity!;

    /// <summary>Null before it is known.</summary>
    public BrokerIdentity? KnownIdentity { get; private set; }

    /// <summary>The features the cluster has agreed on (KIP-584).</summary>
    public FinalizedFeatureListener Features { get; private set; } = null!;

    /// <summary>Of the session; null before there is one. Any thread.</summary>
    public IZooKeeper? ZooKeeper => _zooKeeper;

    public ZooKeeperSessionState? SessionState => _zooKeeper?.State;

    public bool IsConnected => _zooKeeper is { State: ZooKeeperSessionState.Connected };

    public override async Task StartAsync()
    {
        var (environment, config) = (core.Environment, core.Config.Current);
        var metrics = new ZooKeeperClientMetrics(core.Meters);
        _zooKeeper = environment.OpenZooKeeper is { } open
            ? await open()
            : await ZooKeeperConnection.OpenAsync(config, environment, metrics);
        ServerMetrics.Register(core.Meters, _zooKeeper);
        Store = new MetadataStore(
            _zooKeeper,
            environment.ZooKeeperLoop,
            environment.Random,
            config.InterBrokerProtocolVersion,
            config.ZooKeeperSetAcl,
            environment.Loggers);
        Store.Session.Start();
        await Store.Cluster.CreateTopLevelPathsAsync();
        KnownIdentity = await BrokerIdentification.IdentifyAsync(Store, config, environment, core.Trace);
        Features = new FinalizedFeatureListener(Store, environment.ZooKeeperLoop, core.Logger<FinalizedFeatureListener>());
        await Features.StartAsync();
    }

    public override Task ReleaseAsync() =>
        _zooKeeper is null ? Task.CompletedTask : core.WithinAsync(_zooKeeper.CloseAsync(), BrokerCore.StopPatience);
}
