using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>UpdateMetadata 0-8: the controller tells of brokers, topics and leaders.</summary>
public sealed class UpdateMetadataHandler(ControllerRequests requests) : RequestHandler<UpdateMetadataRequest, UpdateMetadataResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<UpdateMetadataResponse?> HandleAsync(UpdateMetadataRequest request, RequestContext context) =>
        await requests.ApplyAsync(request);
}
