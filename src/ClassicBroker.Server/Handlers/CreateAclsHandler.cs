using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Handlers;

/// <summary>CreateAcls 0-3, at any broker. Entries of one resource are added together; a bad one does not spoil the others.</summary>
internal sealed class CreateAclsHandler(AclAdministration? acls) : RequestHandler<CreateAclsRequest, CreateAclsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<CreateAclsResponse?> HandleAsync(CreateAclsRequest request, RequestContext context)
    {
        if (acls is null)
        {
            return RefuseAll(request, new(ErrorCode.SecurityDisabled, AclRequests.NoAuthorizer));
        }

        if (request.Creations.Any(creation => AclRequests.HasUnknown(
            creation.ResourceType, creation.ResourcePatternType, creation.Operation, creation.PermissionType)))
        {
            context.Connection.Close();
            return null;
        }

        var outcomes = new Dictionary<AclResource, AdminRefusal?>();
        foreach (var ofResource in request.Creations.Where(creation => FaultOf(creation) is null).GroupBy(ResourceOf))
        {
            outcomes[ofResource.Key] = await ContainAsync(
                context, () => AddAsync(ofResource.Key, [.. ofResource.Select(EntryOf)]), _ => AdminRefusal.Unforeseen);
        }

        return new()
        {
            Results = [.. request.Creations.Select(creation => Result(FaultOf(creation) ?? outcomes[ResourceOf(creation)]))],
        };
    }

    protected override CreateAclsResponse Refuse(CreateAclsRequest request, AccessRule rule, RequestContext context) =>
        RefuseAll(request, new(rule.Refusal, AclRequests.NotAuthorized(Api)));

    private async Task<AdminRefusal?> AddAsync(AclResource resource, AclEntry[] entries)
    {
        try
        {
            await acls!.AddAsync(resource, entries);
            return null;
        }
        catch (InvalidZnodeNameException)
        {
            return AclRequests.Failed;
        }
    }

    private static CreateAclsResponse RefuseAll(CreateAclsRequest request, AdminRefusal refusal) =>
        new() { Results = [.. request.Creations.Select(_ => Result(refusal))] };

    private static CreateAclsResponse.AclCreationResult Result(AdminRefusal? refusal) =>
        new() { ErrorCode = refusal?.Error ?? ErrorCode.None, ErrorMessage = refusal is null ? "" : refusal.Message };

    private static AdminRefusal? FaultOf(CreateAclsRequest.AclCreation creation) =>
        AclRequests.FaultOf(ResourceOf(creation), EntryOf(creation));

    private static AclResource ResourceOf(CreateAclsRequest.AclCreation creation) =>
        new((AclResourceType)creation.ResourceType, creation.ResourceName, (AclPatternType)creation.ResourcePatternType);

    private static AclEntry EntryOf(CreateAclsRequest.AclCreation creation) =>
        new(creation.Principal, (AclPermission)creation.PermissionType, creation.Host, (AclOperation)creation.Operation);
}
