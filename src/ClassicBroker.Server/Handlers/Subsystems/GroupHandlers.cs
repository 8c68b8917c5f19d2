using ClassicBroker.Rpc;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>Makes the handlers of consumer groups and their offsets. Used once, at start.</summary>
internal static class GroupHandlers
{
    public static IEnumerable<IRequestHandler> Make(BrokerCore core, ClusterPart cluster, CoordinationPart coordination)
    {
        var groups = coordination.Groups;
        var zooKeeperOffsets = cluster.Store.ConsumerOffsets;
        return
        [
            new JoinGroupHandler(groups.Membership),
            new SyncGroupHandler(groups.Membership),
            new HeartbeatHandler(groups.Membership),
            new LeaveGroupHandler(groups.Membership),
            new OffsetCommitHandler(zooKeeperOffsets, groups.Offsets, core.Metadata, core.Config),
            new OffsetFetchHandler(zooKeeperOffsets, groups.Offsets, core.Metadata),
            new OffsetDeleteHandler(groups.Administration, core.Metadata),
            new DescribeGroupsHandler(groups.Administration),
            new ListGroupsHandler(groups.Administration),
            new DeleteGroupsHandler(groups.Administration),
        ];
    }
}
