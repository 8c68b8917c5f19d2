using ClassicBroker.Controller.Requests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Control;

/// <summary>The controller's link to the broker it runs in: no socket, the requests are handed over as they are.</summary>
public sealed class LocalBrokerLink(ControllerRequests requests) : IBrokerLink
{
    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        IResponse response = request switch
        {
            LeaderAndIsrRequest leaderAndIsr => await requests.ApplyAsync(leaderAndIsr, version),
            UpdateMetadataRequest updateMetadata => await requests.ApplyAsync(updateMetadata),
            StopReplicaRequest stopReplica => await requests.ApplyAsync(stopReplica),
            _ => throw new InvariantViolatedException($"A controller sends no {request.Api} to a broker."),
        };
        return (TResponse)response;
    }

    public void Dispose()
    {
    }
}
