using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Server.Parts;

/// <summary>Follows <c>/config/changes</c> from the moment the broker is a member of its cluster. Threading: the ZooKeeper loop.</summary>
internal sealed class ConfigFollowingPart(BrokerCore core, ClusterPart cluster, ConfigurationPart configuration) : BrokerPart
{
    private readonly ChangeNotificationListener _listener = new(
        cluster.Store.Znodes,
        cluster.Store.Session,
        ConfigChangeZnode.ParentPath,
        ConfigChangeZnode.SequencePrefix,
        configuration.Changes.HandleAsync,
        core.Environment.ZooKeeperLoop,
        core.Logger<ChangeNotificationListener>());

    public override Task StartAsync() => _listener.StartAsync();

    public override Task StopAsync()
    {
        _listener.Stop();
        return Task.CompletedTask;
    }
}
