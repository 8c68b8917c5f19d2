using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>Heartbeat 0-4.</summary>
public sealed class HeartbeatHandler(GroupMembership members) : RequestHandler<HeartbeatRequest, HeartbeatResponse>
{
    public override ValueTask<HeartbeatResponse?> HandleAsync(HeartbeatRequest request, RequestContext context) =>
        new(new HeartbeatResponse { ErrorCode = members.Heartbeat(request) });
}
