using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>CreateAcls 0-3, refused for each entry: no authorizer is configured.</summary>
public sealed class CreateAclsHandler()
    : RefusingHandler<CreateAclsRequest, CreateAclsResponse>(ErrorCode.SecurityDisabled, AccessRule.Cluster(AclOperation.Alter))
{
    protected override CreateAclsResponse ErrorResponse(CreateAclsRequest request, ErrorCode error, short version) =>
        new()
        {
            Results = [.. request.Creations.Select(_ => new CreateAclsResponse.AclCreationResult
            {
                ErrorCode = error,
                ErrorMessage = DescribeAclsHandler.NoAuthorizer,
            })],
        };
}
