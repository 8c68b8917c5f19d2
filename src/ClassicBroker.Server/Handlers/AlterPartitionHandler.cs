using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>AlterPartition 0-3: a leader wants its ISR changed (KIP-497); the controller's to do.</summary>
public sealed class AlterPartitionHandler(ControllerGateway controller) : RequestHandler<AlterPartitionRequest, AlterPartitionResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<AlterPartitionResponse?> HandleAsync(AlterPartitionRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.AlterPartitionAsync(request, context.ApiVersion)
            : new() { ErrorCode = ErrorCode.NotController };
}
