using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DeleteAcls 0-3, refused for each filter: no authorizer is configured.</summary>
public sealed class DeleteAclsHandler() : RefusingHandler<DeleteAclsRequest, DeleteAclsResponse>(ErrorCode.SecurityDisabled)
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
