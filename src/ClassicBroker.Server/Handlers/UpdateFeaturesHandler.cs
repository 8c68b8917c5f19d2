using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>UpdateFeatures 0-1: finalises features (KIP-584); the controller's to do, and in ZooKeeper mode to refuse.</summary>
public sealed class UpdateFeaturesHandler(ControllerGateway controller) : RequestHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<UpdateFeaturesResponse?> HandleAsync(UpdateFeaturesRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.UpdateFeaturesAsync(request)
            : new() { ErrorCode = ErrorCode.NotController, ErrorMessage = "This is not the correct controller for this cluster." };

    protected override UpdateFeaturesResponse Refuse(UpdateFeaturesRequest request, AccessRule rule, RequestContext context) =>
        new() { ErrorCode = rule.Refusal, ErrorMessage = "Cluster authorization failed." };
}
