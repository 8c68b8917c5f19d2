using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>DeleteGroups 0-2. A group named twice is deleted, and answered, once.</summary>
public sealed class DeleteGroupsHandler(GroupAdministration groups) : RequestHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    private static readonly AccessRule DeleteGroup = AccessRule.Each(AclOperation.Delete, AclResourceType.Group);

    public override IReadOnlyList<AccessRule> Access { get; } = [DeleteGroup];

    public override ValueTask<DeleteGroupsResponse?> HandleAsync(DeleteGroupsRequest request, RequestContext context) =>
        new(new DeleteGroupsResponse
        {
            Results = [.. Distinct(request).Select(group => Answer(
                group, context.Allows(DeleteGroup, group) ? groups.Delete(group) : DeleteGroup.Refusal))],
        });

    protected override DeleteGroupsResponse ErrorResponse(DeleteGroupsRequest request, ErrorCode error, short version) =>
        new() { Results = [.. Distinct(request).Select(group => Answer(group, error))] };

    private static IEnumerable<string> Distinct(DeleteGroupsRequest request) => request.GroupsNames.Distinct(StringComparer.Ordinal);

    private static DeleteGroupsResponse.DeletableGroupResult Answer(string group, ErrorCode error) =>
        new() { GroupId = group, ErrorCode = error };
}
