using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>Heartbeat 0-4.</summary>
public sealed class HeartbeatHandler(GroupMembership members) : RequestHandler<HeartbeatRequest, HeartbeatResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } =
        [AccessRule.Whole<HeartbeatRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId)];

    public override ValueTask<HeartbeatResponse?> HandleAsync(HeartbeatRequest request, RequestContext context) =>
        new(new HeartbeatResponse { ErrorCode = members.Heartbeat(request) });
}
