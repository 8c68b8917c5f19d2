using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DescribeGroups 0-5, refused for each group.</summary>
public sealed class DescribeGroupsHandler() : RefusingHandler<DescribeGroupsRequest, DescribeGroupsResponse>(
    ErrorCode.CoordinatorNotAvailable)
{
    protected override DescribeGroupsResponse ErrorResponse(DescribeGroupsRequest request, ErrorCode error, short version) =>
        new()
        {
            Groups = [.. request.Groups.Select(group => new DescribeGroupsResponse.DescribedGroup { GroupId = group, ErrorCode = error })],
        };
}
