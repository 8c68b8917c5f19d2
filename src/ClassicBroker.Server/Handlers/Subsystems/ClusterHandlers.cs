using ClassicBroker.Rpc;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>
/// Makes the handlers of what brokers and the controller ask of each other, and of operators' requests to both. Used once, at start.
/// </summary>
internal static class ClusterHandlers
{
    public static IEnumerable<IRequestHandler> Make(
        BrokerCore core, ClusterPart cluster, ControlPart control, ReplicationPart replication)
    {
        var (controller, orders, replicas) = (control.Gateway, replication.Orders, replication.Replicas);
        return
        [
            new DescribeClusterHandler(cluster.Identity, core.Metadata),
            new DescribeLogDirsHandler(replicas.Logs),
            new AlterReplicaLogDirsHandler(replicas.Logs, replicas, replication.Moves, core.Metadata, core.Environment.DiskWork),
            new LeaderAndIsrHandler(orders),
            new StopReplicaHandler(orders),
            new UpdateMetadataHandler(orders),
            new ControlledShutdownHandler(controller),
            new AlterPartitionHandler(controller),
            new AllocateProducerIdsHandler(controller),
            new ElectLeadersHandler(controller, core.Metadata, core.Environment.SchedulerLoop),
            new AlterPartitionReassignmentsHandler(controller),
            new ListPartitionReassignmentsHandler(controller),
            new UpdateFeaturesHandler(controller),
            new EnvelopeHandler(),
        ];
    }
}
