using ClassicBroker.Controller.Requests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Control;

/// <summary>The controller's link to the broker it runs in: no socket, the requests are handed over as they are.</summary>
public sealed class LocalBrokerLink(ControllerRequests requests) : IBrokerLink
{
    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        try
        {
            return (TResponse)await ApplyAsync(request, version);
        }
        catch (ZooKeeperException failure)
        {
            // The broker could not read what it needs: as over the network, the controller sends it again until it has.
            throw new BrokerUnreachableException(failure.Message);
        }
    }

    public void Dispose()
    {
    }

    private async Task<IResponse> ApplyAsync(IMessage request, short version) => request switch
    {
        LeaderAndIsrRequest leaderAndIsr => await requests.ApplyAsync(leaderAndIsr, version),
        UpdateMetadataRequest updateMetadata => await requests.ApplyAsync(updateMetadata),
        ListOffsetsRequest logEnds => requests.LogEnds(logEnds),
        StopReplicaRequest stopReplica => await requests.ApplyAsync(stopReplica),
        _ => throw new InvariantViolatedException($"A controller sends no {request.GetType().Name} to a broker."),
    };
}
