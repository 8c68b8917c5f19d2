using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>SyncGroup 0-5. Answered when the leader's assignment is stored.</summary>
public sealed class SyncGroupHandler(GroupMembership members) : RequestHandler<SyncGroupRequest, SyncGroupResponse>
{
    private const short FirstVersionWithProtocol = 5;

    /// <summary>A request without the protocol it must name is refused for that first.</summary>
    private static readonly AccessRule ReadGroup = AccessRule.Whole<SyncGroupRequest>(
        AclOperation.Read, AclResourceType.Group, static (request, context) => LacksProtocol(request, context) ? null : request.GroupId);

    public override IReadOnlyList<AccessRule> Access { get; } = [ReadGroup];

    public override async ValueTask<SyncGroupResponse?> HandleAsync(SyncGroupRequest request, RequestContext context)
    {
        // Mandatory from this version on (KIP-559), and missed before anything else.
        var result = LacksProtocol(request, context)
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

    private static bool LacksProtocol(SyncGroupRequest request, RequestContext context) =>
        context.ApiVersion >= FirstVersionWithProtocol && (request.ProtocolType is null || request.ProtocolName is null);
}
