using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeAcls 0-3: the entries a filter picks, as this broker decides by them.</summary>
internal sealed class DescribeAclsHandler(AclAdministration? acls) : RequestHandler<DescribeAclsRequest, DescribeAclsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Describe)];

    public override ValueTask<DescribeAclsResponse?> HandleAsync(DescribeAclsRequest request, RequestContext context)
    {
        if (acls is null)
        {
            return new(new DescribeAclsResponse
            {
                ErrorCode = ErrorCode.SecurityDisabled,
                ErrorMessage = AclRequests.NoAuthorizerOnBroker,
            });
        }

        if (AclRequests.HasUnknown(request.ResourceTypeFilter, request.PatternTypeFilter, request.Operation, request.PermissionType))
        {
            context.Connection.Close();
            return new((DescribeAclsResponse?)null);
        }

        var filter = AclRequests.Filter(
            request.ResourceTypeFilter,
            request.ResourceNameFilter,
            request.PatternTypeFilter,
            request.PrincipalFilter,
            request.HostFilter,
            request.Operation,
            request.PermissionType);
        return new(new DescribeAclsResponse { ErrorMessage = "", Resources = [.. acls.Find(filter).Select(Describe)] });
    }

    protected override DescribeAclsResponse Refuse(DescribeAclsRequest request, AccessRule rule, RequestContext context) =>
        new() { ErrorCode = rule.Refusal, ErrorMessage = AclRequests.NotAuthorized(Api) };

    private static DescribeAclsResponse.DescribeAclsResource Describe((AclResource Resource, IReadOnlyList<AclEntry> Entries) found) =>
        new()
        {
            ResourceType = (sbyte)found.Resource.Type,
            ResourceName = found.Resource.Name,
            PatternType = (sbyte)found.Resource.Pattern,
            Acls = [.. found.Entries.Select(entry => new DescribeAclsResponse.AclDescription
            {
                Principal = entry.Principal,
                Host = entry.Host,
                Operation = (sbyte)entry.Operation,
                PermissionType = (sbyte)entry.Permission,
            })],
        };
}
