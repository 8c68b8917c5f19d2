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

    public Task CreateAsync(IReadOnlyList<(AclResource Resource, AclEntry Entry)> acls) =>
        calls.RunAsync("createAcls", async () =>
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
            foreach (var result in response.Results)
            {
                if (calls.Failure(result.ErrorCode, result.ErrorMessage, "CreateAcls") is { } failure)
                {
                    throw failure;
                }
            }

            return true;
        });

    public Task<int> DeleteAsync(IReadOnlyList<AclFilter> filters) =>
        calls.RunAsync("deleteAcls", async () =>
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
            foreach (var result in response.FilterResults)
            {
                if (calls.Failure(result.ErrorCode, result.ErrorMessage, "DeleteAcls") is { } failure)
                {
                    throw failure;
                }
            }

            return response.FilterResults.Sum(result => result.MatchingAcls.Length);
        });
}
