using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>SyncGroup 0-5. Answered when the leader's assignment is stored.</summary>
public sealed class SyncGroupHandler(GroupMembership members) : RequestHandler<SyncGroupRequest, SyncGroupResponse>
{
    private const short FirstVersionWithProtocol = 5;

    public override async ValueTask<SyncGroupResponse?> HandleAsync(SyncGroupRequest request, RequestContext context)
    {
        // Mandatory from this version on (KIP-559), and missed before anything else.
        var result = context.ApiVersion >= FirstVersionWithProtocol && (request.ProtocolType is null || request.ProtocolName is null)
            ? SyncResult.Failed(ErrorCode.InconsistentGroupProtocol)
            : await members.SyncAsync(request);
        return new()
        {
            ErrorCode = result.Error,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.ProtocolName,
            Assignment = result.Assignment,
        };
    }
}
