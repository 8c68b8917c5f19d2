using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>LeaveGroup 0-5: one member, several from version 3.</summary>
public sealed class LeaveGroupHandler(GroupMembership members) : RequestHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const short FirstVersionWithSeveral = 3;

    public override IReadOnlyList<AccessRule> Access { get; } =
        [AccessRule.Whole<LeaveGroupRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId)];

    public override ValueTask<LeaveGroupResponse?> HandleAsync(LeaveGroupRequest request, RequestContext context)
    {
        if (context.ApiVersion >= FirstVersionWithSeveral)
        {
            var left = members.Leave(request.GroupId, request.Members);
            return new(new LeaveGroupResponse { ErrorCode = left.Error, Members = left.Members });
        }

        var result = members.Leave(request.GroupId, [new() { MemberId = request.MemberId }]);
        return new(new LeaveGroupResponse
        {
            ErrorCode = result.Error == ErrorCode.None ? result.Members[0].ErrorCode : result.Error,
        });
    }
}
