using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DescribeAcls 0-3: no authorizer is configured.</summary>
public sealed class DescribeAclsHandler()
    : RefusingHandler<DescribeAclsRequest, DescribeAclsResponse>(ErrorCode.SecurityDisabled, AccessRule.Cluster(AclOperation.Describe))
{
    public const string NoAuthorizer = "No Authorizer is configured on the broker";

    protected override DescribeAclsResponse ErrorResponse(DescribeAclsRequest request, ErrorCode error, short version) =>
        new() { ErrorCode = error, ErrorMessage = NoAuthorizer };
}
