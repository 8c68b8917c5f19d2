using ClassicBroker.Controller.Requests;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Control;

/// <summary>A link of the controller over an <see cref="InterBrokerClient"/>, which it owns. Threading: any.</summary>
public sealed class RpcBrokerLink(InterBrokerClient client) : IBrokerLink
{
    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        try
        {
            using var response = await client.SendAsync<TRequest, TResponse>(request, version);
            return response.Message;
        }
        catch (PeerUnreachableException failure)
        {
            throw new BrokerUnreachableException(failure.Message, failure);
        }
    }

    public void Dispose() => client.Dispose();
}
