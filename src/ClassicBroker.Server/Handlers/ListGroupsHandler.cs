using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>ListGroups 0-5: the groups this broker coordinates, by state and type where asked.</summary>
public sealed class ListGroupsHandler(GroupAdministration groups) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    private static readonly AccessRule DescribeCluster = AccessRule.Shortcut(AclOperation.Describe, AclResourceType.Cluster);

    private static readonly AccessRule DescribeGroup = AccessRule.Visible(AclOperation.Describe, AclResourceType.Group);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeCluster, DescribeGroup];

    public override ValueTask<ListGroupsResponse?> HandleAsync(ListGroupsRequest request, RequestContext context)
    {
        var error = groups.List(request.StatesFilter, request.TypesFilter, out var listed);
        var visible = context.Allows(DescribeCluster)
            ? listed
            : Array.FindAll(listed, group => context.Allows(DescribeGroup, group.GroupId));
        return new(new ListGroupsResponse { ErrorCode = error, Groups = visible });
    }
}
