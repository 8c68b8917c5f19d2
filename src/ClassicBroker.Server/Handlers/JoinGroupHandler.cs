using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Coordination;

namespace ClassicBroker.Server.Handlers;

/// <summary>JoinGroup 0-9. Answered when the group's next generation begins.</summary>
public sealed class JoinGroupHandler(GroupMembership members) : RequestHandler<JoinGroupRequest, JoinGroupResponse>
{
    private const short FirstVersionWithRebalanceTimeout = 1;
    private const short FirstVersionWithRequiredMemberId = 4;
    private const short FirstVersionWithNullProtocol = 7;
    private const short FirstVersionWithSkippedAssignment = 9;

    public override IReadOnlyList<AccessRule> Access { get; } =
        [AccessRule.Whole<JoinGroupRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId)];

    public override async ValueTask<JoinGroupResponse?> HandleAsync(JoinGroupRequest request, RequestContext context)
    {
        var version = context.ApiVersion;
        if (version < FirstVersionWithRebalanceTimeout)
        {
            request.RebalanceTimeoutMs = request.SessionTimeoutMs;
        }

        var result = await members.JoinAsync(new JoinRequest
        {
            Message = request,
            ClientId = context.ClientId,
            ClientHost = ClientHost.Of(context.ClientAddress),
            RequiresKnownMemberId = version >= FirstVersionWithRequiredMemberId && request.GroupInstanceId is null,
            SupportsSkippingAssignment = version >= FirstVersionWithSkippedAssignment,
        });
        return new()
        {
            ErrorCode = result.Error,
            GenerationId = result.Generation,
            ProtocolType = result.ProtocolType,
            ProtocolName = version < FirstVersionWithNullProtocol ? result.ProtocolName ?? "" : result.ProtocolName,
            Leader = result.LeaderId,
            SkipAssignment = result.SkipAssignment,
            MemberId = result.MemberId,
            Members = result.Members,
        };
    }
}
