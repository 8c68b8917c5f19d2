using ClassicBroker.Coordinator;
using ClassicBroker.Platform;
using ClassicBroker.Server.Coordination;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Producers;

namespace ClassicBroker.Server.Parts;

/// <summary>The coordinators of groups and of transactions. Threading: started and stopped on their loops; any otherwise.</summary>
internal sealed class CoordinationPart(BrokerCore core, ClusterPart cluster, ControlPart control, ReplicationPart replication) : BrokerPart
{
    private TransactionCoordination? _transactions;

    /// <summary>How many partitions the topics of the coordinators have.</summary>
    public CoordinatorPartitionCounts Counts { get; private set; } = null!;

    public GroupCoordinator Groups { get; private set; } = null!;

    public TransactionCoordination Transactions => _transactions!;

    public override async Task StartAsync()
    {
        var (environment, config) = (core.Environment, core.Config.Current);
        Counts = await CoordinatorPartitionCounts.ReadAsync(cluster.Store, config);
        Groups = GroupCoordination.Make(config, Counts, replication.Replicas, replication.Stands, environment);
        CoordinatorMetrics.Register(core.Meters, Groups);
        var blocks = new ProducerIdBlocks(
            control.Gateway,
            cluster.Store.ProducerIds,
            cluster.Identity,
            config.InterBrokerProtocolVersion,
            core.Logger<ProducerIdBlocks>());
        _transactions = new TransactionCoordination(
            core.Config,
            Counts,
            cluster.Identity,
            core.Metadata,
            cluster.Store,
            replication.Replicas,
            Groups,
            new ProducerIds(blocks),
            control.Clients,
            replication.Stands,
            environment);
        CoordinatorMetrics.Register(core.Meters, _transactions.Coordinator);
        replication.Replicas.LeadershipListener = new CoordinatorLeadership(Groups, _transactions.Coordinator);
        replication.Orders.PartitionsDeleted = Groups.OnPartitionsDeleted;
        Groups.Start();
        _transactions.Coordinator.Start();
    }

    public override async Task StopAsync()
    {
        await core.Environment.TransactionLoop.RunAsync(Transactions.Coordinator.Stop);
        await core.Environment.GroupLoop.RunAsync(Groups.Stop);
    }

    public override Task ReleaseAsync()
    {
        _transactions?.Dispose();
        return Task.CompletedTask;
    }
}
