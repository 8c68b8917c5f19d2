using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>The body of a request, bound to the response that answers it.</summary>
public interface IRequest<TSelf, TResponse> : IRequest, IMessage<TSelf>
    where TSelf : class, IRequest<TSelf, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    static abstract ApiKey ApiKey { get; }

    /// <summary>
    /// The answer that says nothing but an error, at every place where this version has one: in lists that answer item by item, for every
    /// item that was asked for. Where the version has no such place, the answer is empty.
    /// </summary>
    TResponse ErrorResponse(ErrorCode error, short version);
}
