using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Coordination;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// FindCoordinator 0-6: which broker coordinates groups and transactional ids, several from version 4. The only request that makes the
/// topics coordinators keep their state in.
/// </summary>
public sealed class FindCoordinatorHandler(CoordinatorLocator locator) : RequestHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const short FirstVersionWithBatches = 4;
    private const short FirstVersionWithShareGroups = 6;
    private const int NoNode = -1;

    /// <summary>Versions 1 to 3 name the absence of an error too.</summary>
    private const string NoErrorMessage = "NONE";

    private const string NotAvailableMessage = "The coordinator is not available.";

    private const string InvalidMessage =
        "This most likely occurs because of a request being malformed by the client library or the message was sent to an "
        + "incompatible broker. See the broker logs for more details.";

    private static readonly AccessRule DescribeGroup = AccessRule.Each(AclOperation.Describe, AclResourceType.Group);

    private static readonly AccessRule DescribeTransactionalId = AccessRule.Each(AclOperation.Describe, AclResourceType.TransactionalId);

    private static readonly AccessRule ClusterAction = AccessRule.Each(AclOperation.ClusterAction, AclResourceType.Cluster);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeGroup, DescribeTransactionalId, ClusterAction];

    public override async ValueTask<FindCoordinatorResponse?> HandleAsync(FindCoordinatorRequest request, RequestContext context)
    {
        var kind = (CoordinatorKind)request.KeyType;
        var isBatched = context.ApiVersion >= FirstVersionWithBatches;
        string[] keys = isBatched ? request.CoordinatorKeys : [request.Key];
        var refused = RefusedOf(kind, keys, context);
        if (kind is CoordinatorKind.Group or CoordinatorKind.Transaction && keys.Any(key => !refused.Contains(key)))
        {
            await locator.EnsureTopicAsync(kind, context);
        }

        FindCoordinatorResponse.Coordinator[] found = [.. keys.Select(key => refused.Contains(key)
            ? None(key, RuleOf(kind)!.Refusal, "")
            : Find(kind, key, context))];
        return isBatched
            ? new() { Coordinators = found }
            : new()
            {
                ErrorCode = found[0].ErrorCode,
                ErrorMessage = found[0].ErrorCode switch
                {
                    ErrorCode.None => NoErrorMessage,
                    ErrorCode.CoordinatorNotAvailable => NotAvailableMessage,
                    ErrorCode.GroupAuthorizationFailed => "Group authorization failed.",
                    ErrorCode.TransactionalIdAuthorizationFailed => "Transactional Id authorization failed.",
                    _ => InvalidMessage,
                },
                NodeId = found[0].NodeId,
                Host = found[0].Host,
                Port = found[0].Port,
            };
    }

    protected override FindCoordinatorResponse ErrorResponse(FindCoordinatorRequest request, ErrorCode error, short version) =>
        version < FirstVersionWithBatches
            ? new() { ErrorCode = error, NodeId = NoNode, Port = NoNode }
            : new() { Coordinators = [.. request.CoordinatorKeys.Select(key => None(key, error, ""))] };

    private static AccessRule? RuleOf(CoordinatorKind kind) => kind switch
    {
        CoordinatorKind.Group => DescribeGroup,
        CoordinatorKind.Transaction => DescribeTransactionalId,
        CoordinatorKind.Share => ClusterAction,
        _ => null,
    };

    /// <summary>Keys of share groups are asked of the cluster, whatever they are.</summary>
    private static RefusedNames RefusedOf(CoordinatorKind kind, string[] keys, RequestContext context) =>
        RuleOf(kind) is not { } rule ? default
        : kind != CoordinatorKind.Share ? context.RefusedOf(rule, keys)
        : context.Allows(rule) ? default
        : new RefusedNames([.. keys]);

    private FindCoordinatorResponse.Coordinator Find(CoordinatorKind kind, string key, RequestContext context)
    {
        switch (kind)
        {
            case CoordinatorKind.Group or CoordinatorKind.Transaction:
                return locator.Find(kind, key, context.ListenerName) is var (brokerId, endpoint)
                    ? new() { Key = key, NodeId = brokerId, Host = endpoint.Host, Port = endpoint.Port, ErrorMessage = "" }
                    : None(key, ErrorCode.CoordinatorNotAvailable, "");
            case CoordinatorKind.Share:
                return None(
                    key,
                    context.ApiVersion < FirstVersionWithShareGroups ? ErrorCode.InvalidRequest : ErrorCode.CoordinatorNotAvailable,
                    "");
            default:
                return None(key, ErrorCode.InvalidRequest, InvalidMessage);
        }
    }

    private static FindCoordinatorResponse.Coordinator None(string key, ErrorCode error, string message) =>
        new() { Key = key, NodeId = NoNode, Port = NoNode, ErrorCode = error, ErrorMessage = message };
}
