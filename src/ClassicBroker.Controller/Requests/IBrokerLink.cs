using ClassicBroker.Protocol;

namespace ClassicBroker.Controller.Requests;

/// <summary>
/// The connection of the controller to one broker, which may be its own. It connects when it must. Disposing closes it for good.
/// </summary>
public interface IBrokerLink : IDisposable
{
    /// <summary>Sends and brings the answer; never two at a time.</summary>
    /// <exception cref="BrokerUnreachableException">No answer came.</exception>
    Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new();
}
