using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeGroups 0-5.</summary>
public sealed class DescribeGroupsHandler(GroupAdministration groups) : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    private static readonly AccessRule DescribeGroup = AccessRule.Each(AclOperation.Describe, AclResourceType.Group);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeGroup];

    public override ValueTask<DescribeGroupsResponse?> HandleAsync(DescribeGroupsRequest request, RequestContext context)
    {
        var response = new DescribeGroupsResponse
        {
            Groups = [.. request.Groups.Select(group => context.Allows(DescribeGroup, group)
                ? groups.Describe(group)
                : Refused(group, DescribeGroup.Refusal))],
        };
        if (request.IncludeAuthorizedOperations)
        {
            foreach (var group in response.Groups.Where(group => group.ErrorCode == ErrorCode.None))
            {
                group.AuthorizedOperations = AuthorizedOperations.OfGroup(context, group.GroupId);
            }
        }

        return new(response);
    }

    private static DescribeGroupsResponse.DescribedGroup Refused(string group, ErrorCode error) =>
        new() { GroupId = group, ErrorCode = error };
}
