using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>StopReplica 0-4: the controller takes replicas away.</summary>
public sealed class StopReplicaHandler(ControllerRequests requests) : RequestHandler<StopReplicaRequest, StopReplicaResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<StopReplicaResponse?> HandleAsync(StopReplicaRequest request, RequestContext context) =>
        await requests.ApplyAsync(request);
}
