using ClassicBroker.Platform;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Coordination;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// WriteTxnMarkers 0-1: a transaction coordinator has decided; the leaders of its partitions append the decision and answer once the
/// in-sync replicas have it (KIP-98). An administrator who may alter the cluster may end a transaction so as well (KIP-1037).
/// </summary>
public sealed class WriteTxnMarkersHandler(TransactionMarkerWriter markers, DynamicBrokerConfig config)
    : RequestHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Shortcut(AclOperation.Alter, AclResourceType.Cluster),
        AccessRule.Cluster(AclOperation.ClusterAction),
    ];

    public override async ValueTask<WriteTxnMarkersResponse?> HandleAsync(WriteTxnMarkersRequest request, RequestContext context) =>
        await markers.WriteAsync(
            request, context.Loop.Time.UnixMs(), config.Current.RequestTimeoutMs, context.Cancellation);
}
