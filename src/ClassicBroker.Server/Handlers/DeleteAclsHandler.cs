using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Handlers;

/// <summary>DeleteAcls 0-3, at any broker. An entry that several filters pick is told of under the first.</summary>
internal sealed class DeleteAclsHandler(AclAdministration? acls) : RequestHandler<DeleteAclsRequest, DeleteAclsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<DeleteAclsResponse?> HandleAsync(DeleteAclsRequest request, RequestContext context)
    {
        if (acls is null)
        {
            return RefuseAll(request, ErrorCode.SecurityDisabled, AclRequests.NoAuthorizer);
        }

        if (request.Filters.Any(filter => AclRequests.HasUnknown(
            filter.ResourceTypeFilter, filter.PatternTypeFilter, filter.Operation, filter.PermissionType)))
        {
            context.Connection.Close();
            return null;
        }

        var removed = await acls.RemoveAsync([.. request.Filters.Select(FilterOf)]);
        return new()
        {
            FilterResults = [.. removed.Select(list => new DeleteAclsResponse.DeleteAclsFilterResult
            {
                ErrorMessage = null,
                MatchingAcls = [.. list.Select(Describe)],
            })],
        };
    }

    protected override DeleteAclsResponse Refuse(DeleteAclsRequest request, AccessRule rule, RequestContext context) =>
        RefuseAll(request, rule.Refusal, AclRequests.NotAuthorized(Api));

    private static DeleteAclsResponse RefuseAll(DeleteAclsRequest request, ErrorCode error, string message) =>
        new()
        {
            FilterResults = [.. request.Filters.Select(_ => new DeleteAclsResponse.DeleteAclsFilterResult
            {
                ErrorCode = error,
                ErrorMessage = message,
            })],
        };

    private static AclFilter FilterOf(DeleteAclsRequest.DeleteAclsFilter filter) =>
        AclRequests.Filter(
            filter.ResourceTypeFilter,
            filter.ResourceNameFilter,
            filter.PatternTypeFilter,
            filter.PrincipalFilter,
            filter.HostFilter,
            filter.Operation,
            filter.PermissionType);

    private static DeleteAclsResponse.DeleteAclsMatchingAcl Describe((AclResource Resource, AclEntry Entry) removed) =>
        new()
        {
            ErrorMessage = null,
            ResourceType = (sbyte)removed.Resource.Type,
            ResourceName = removed.Resource.Name,
            PatternType = (sbyte)removed.Resource.Pattern,
            Principal = removed.Entry.Principal,
            Host = removed.Entry.Host,
            Operation = (sbyte)removed.Entry.Operation,
            PermissionType = (sbyte)removed.Entry.Permission,
        };
}
