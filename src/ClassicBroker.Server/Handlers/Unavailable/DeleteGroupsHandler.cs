using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DeleteGroups 0-2, refused for each group.</summary>
public sealed class DeleteGroupsHandler() : RefusingHandler<DeleteGroupsRequest, DeleteGroupsResponse>(ErrorCode.CoordinatorNotAvailable)
{
    protected override DeleteGroupsResponse ErrorResponse(DeleteGroupsRequest request, ErrorCode error, short version) =>
        new()
        {
            Results =
            [
                .. request.GroupsNames.Select(
                    group => new DeleteGroupsResponse.DeletableGroupResult { GroupId = group, ErrorCode = error })
            ],
        };
}
