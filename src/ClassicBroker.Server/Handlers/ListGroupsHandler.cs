using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>ListGroups 0-5: the groups this broker coordinates, by state and type where asked.</summary>
public sealed class ListGroupsHandler(GroupAdministration groups) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    public override ValueTask<ListGroupsResponse?> HandleAsync(ListGroupsRequest request, RequestContext context)
    {
        var error = groups.List(request.StatesFilter, request.TypesFilter, out var listed);
        return new(new ListGroupsResponse { ErrorCode = error, Groups = listed });
    }
}
