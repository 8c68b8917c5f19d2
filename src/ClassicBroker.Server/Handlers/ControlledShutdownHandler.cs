using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>ControlledShutdown 0-3: a broker is about to stop and wants its leaderships moved; the controller's to do.</summary>
public sealed class ControlledShutdownHandler(ControllerGateway controller)
    : RequestHandler<ControlledShutdownRequest, ControlledShutdownResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<ControlledShutdownResponse?> HandleAsync(ControlledShutdownRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.ControlledShutdownAsync(request)
            : new() { ErrorCode = ErrorCode.StaleControllerEpoch };
}
