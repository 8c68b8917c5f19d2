namespace ClassicBroker.Protocol;

/// <summary>The body of a request, bound to the response that answers it.</summary>
public interface IRequest<TSelf, TResponse> : IRequest, IMessage<TSelf>
    where TSelf : class, IRequest<TSelf, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    static abstract ApiKey ApiKey { get; }
}
