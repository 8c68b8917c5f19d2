using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls about access control lists (KIP-140). Safe from any thread.</summary>
internal sealed class AclAdmin(AdminCalls calls)
{
    public Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>> DescribeAsync(AclFilter filter) =>
        calls.RunAsync<IReadOnlyList<(AclResource Resource, AclEntry Entry)>>("describeAcls", async () =>
        {
            var response = await calls.SendToAnyAsync<DescribeAclsRequest, DescribeAclsResponse>(new()
            {
                ResourceTypeFilter = (sbyte)filter.ResourceType,
                ResourceNameFilter = filter.Name,
                PatternTypeFilter = (sbyte)filter.Pattern,
                PrincipalFilter = filter.Principal,
                HostFilter = filter.Host,
                Operation = (sbyte)filter.Operation,
                PermissionType = (sbyte)filter.Permission,
            });
            return calls.Failure(response.ErrorCode, response.ErrorMessage, "DescribeAcls") is { } failure
                ? throw failure
                : [.. response.Resources.SelectMany(resource => resource.Acls.Select(acl => (
                    new AclResource((AclResourceType)resource.ResourceType, resource.ResourceName, (AclPatternType)resource.PatternType),
                    new AclEntry(acl.Principal, (AclPermission)acl.PermissionType, acl.Host, (AclOperation)acl.Operation))))];
        });

    public Task<IReadOnlyList<AclResult>> CreateAsync(IReadOnlyList<(AclResource Resource, AclEntry Entry)> acls) =>
        calls.RunAsync<IReadOnlyList<AclResult>>("createAcls", async () =>
        {
            var response = await calls.SendToAnyAsync<CreateAclsRequest, CreateAclsResponse>(new()
            {
                Creations = [.. acls.Select(acl => new CreateAclsRequest.AclCreation
                {
                    ResourceType = (sbyte)acl.Resource.Type,
                    ResourceName = acl.Resource.Name,
                    ResourcePatternType = (sbyte)acl.Resource.Pattern,
                    Principal = acl.Entry.Principal,
                    Host = acl.Entry.Host,
                    Operation = (sbyte)acl.Entry.Operation,
                    PermissionType = (sbyte)acl.Entry.Permission,
                })],
            });
            return
            [
                .. acls.Zip(response.Results, (acl, result) => new AclResult(
                    acl.Resource, acl.Entry, calls.Failure(result.ErrorCode, result.ErrorMessage, "CreateAcls"))),
            ];
        });

    public Task<IReadOnlyList<DeletedAcls>> DeleteAsync(IReadOnlyList<AclFilter> filters) =>
        calls.RunAsync<IReadOnlyList<DeletedAcls>>("deleteAcls", async () =>
        {
            var response = await calls.SendToAnyAsync<DeleteAclsRequest, DeleteAclsResponse>(new()
            {
                Filters = [.. filters.Select(filter => new DeleteAclsRequest.DeleteAclsFilter
                {
                    ResourceTypeFilter = (sbyte)filter.ResourceType,
                    ResourceNameFilter = filter.Name,
                    PatternTypeFilter = (sbyte)filter.Pattern,
                    PrincipalFilter = filter.Principal,
                    HostFilter = filter.Host,
                    Operation = (sbyte)filter.Operation,
                    PermissionType = (sbyte)filter.Permission,
                })],
            });
            return
            [
                .. filters.Zip(response.FilterResults, (filter, result) => new DeletedAcls(
                    filter,
                    [.. result.MatchingAcls.Select(Deleted)],
                    calls.Failure(result.ErrorCode, result.ErrorMessage, "DeleteAcls"))),
            ];
        });

    private AclResult Deleted(DeleteAclsResponse.DeleteAclsMatchingAcl acl) => new(
        new AclResource((AclResourceType)acl.ResourceType, acl.ResourceName, (AclPatternType)acl.PatternType),
        new AclEntry(acl.Principal, (AclPermission)acl.PermissionType, acl.Host, (AclOperation)acl.Operation),
        calls.Failure(acl.ErrorCode, acl.ErrorMessage, "DeleteAcls"));
}
