using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>StopReplica 0-4: the controller takes replicas away.</summary>
public sealed class StopReplicaHandler(ControllerRequests requests) : RequestHandler<StopReplicaRequest, StopReplicaResponse>
{
    public override async ValueTask<StopReplicaResponse?> HandleAsync(StopReplicaRequest request, RequestContext context) =>
        await requests.ApplyAsync(request);
}
