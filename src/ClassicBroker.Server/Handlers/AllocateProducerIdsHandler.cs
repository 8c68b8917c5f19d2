using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>AllocateProducerIds 0: a broker wants a block of producer ids (KIP-730); the controller's to do.</summary>
public sealed class AllocateProducerIdsHandler(ControllerGateway controller)
    : RequestHandler<AllocateProducerIdsRequest, AllocateProducerIdsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<AllocateProducerIdsResponse?> HandleAsync(AllocateProducerIdsRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.AllocateProducerIdsAsync(request)
            : new() { ErrorCode = ErrorCode.NotController };
}
