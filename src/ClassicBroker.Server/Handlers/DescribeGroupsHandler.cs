using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeGroups 0-5.</summary>
public sealed class DescribeGroupsHandler(GroupAdministration groups) : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    /// <summary>Read, Delete and Describe, as bits by their numbers: all there is for a group.</summary>
    private const int AllOperations = (1 << 3) | (1 << 6) | (1 << 8);

    public override ValueTask<DescribeGroupsResponse?> HandleAsync(DescribeGroupsRequest request, RequestContext context)
    {
        var response = new DescribeGroupsResponse { Groups = [.. request.Groups.Select(groups.Describe)] };
        if (request.IncludeAuthorizedOperations)
        {
            foreach (var group in response.Groups.Where(group => group.ErrorCode == ErrorCode.None))
            {
                group.AuthorizedOperations = AllOperations;
            }
        }

        return new(response);
    }

    protected override DescribeGroupsResponse ErrorResponse(DescribeGroupsRequest request, ErrorCode error, short version) =>
        new()
        {
            Groups = [.. request.Groups.Select(group => new DescribeGroupsResponse.DescribedGroup { GroupId = group, ErrorCode = error })],
        };
}
