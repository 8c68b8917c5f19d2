using ClassicBroker.Controller;
using ClassicBroker.Server.Hosting;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// The broker's place in its cluster: registered from the start to the end of the session, and its leaderships moved away before it stops.
/// Threading: started and stopped by its caller.
/// </summary>
internal sealed class MembershipPart(
    BrokerCore core, ClusterPart cluster, ControlPart control, ReplicationPart replication, RequestsPart requests) : BrokerPart
{
    private readonly ClusterMembership _membership = new(
        core.Config.Current, cluster.Identity, cluster.Store, core.Environment, new ControllerMetrics(core.Meters), core.Trace);

    public override async Task StartAsync()
    {
        await _membership.JoinAsync(requests.Ports, control.Gateway, control.Links);
        core.Config.OnChange(_membership.Reconfigure);
        requests.OnReconfigured(changed => _membership.UpdateAsync(changed, requests.Ports));
    }

    /// <summary>Ends once the broker can tell clients of itself.</summary>
    public Task AwaitOwnMetadataAsync() => _membership.AwaitOwnMetadataAsync(core.Metadata, control.Gateway);

    public override Task StopAsync()
    {
        core.State = BrokerState.PendingControlledShutdown;
        if (!core.Config.Current.ControlledShutdownEnable)
        {
            return Task.CompletedTask;
        }

        core.ShutdownProgress.Begin(
            () => replication.Replicas.OnlinePartitions.Count(partition => partition.IsLeader && partition.Replicas.Count > 1));

        // With ZooKeeper away no leadership can be moved, and asking would take as long as it stays away.
        var patience = cluster.IsConnected ? TimeSpan.FromMilliseconds(core.Config.Current.ControllerSocketTimeoutMs) : TimeSpan.Zero;
        return core.WithinAsync(
            new ControlledShutdown(control.Gateway, cluster.Identity, core.Config, core.Environment, core.ShutdownProgress).RunAsync(),
            patience);
    }
}
