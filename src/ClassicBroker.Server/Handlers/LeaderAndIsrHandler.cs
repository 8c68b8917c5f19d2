using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>LeaderAndIsr 0-7: the controller tells who leads.</summary>
public sealed class LeaderAndIsrHandler(ControllerRequests requests) : RequestHandler<LeaderAndIsrRequest, LeaderAndIsrResponse>
{
    public override async ValueTask<LeaderAndIsrResponse?> HandleAsync(LeaderAndIsrRequest request, RequestContext context) =>
        await requests.ApplyAsync(request, context.ApiVersion);
}
