using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DeleteAcls 0-3, refused for each filter: no authorizer is configured.</summary>
public sealed class DeleteAclsHandler()
    : RefusingHandler<DeleteAclsRequest, DeleteAclsResponse>(ErrorCode.SecurityDisabled, AccessRule.Cluster(AclOperation.Alter))
{
    protected override DeleteAclsResponse ErrorResponse(DeleteAclsRequest request, ErrorCode error, short version) =>
        new()
        {
            FilterResults = [.. request.Filters.Select(_ => new DeleteAclsResponse.DeleteAclsFilterResult
            {
                ErrorCode = error,
                ErrorMessage = DescribeAclsHandler.NoAuthorizer,
            })],
        };
}
