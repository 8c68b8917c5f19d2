using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>
/// Answers an API whose part of the broker is not there with the error Kafka has for that, such as COORDINATOR_NOT_AVAILABLE: clients know
/// what to make of it. Derived from where the error belongs to each item of the request.
/// </summary>
public class RefusingHandler<TRequest, TResponse>(ErrorCode error, params AccessRule[] access) : RequestHandler<TRequest, TResponse>
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    public override IReadOnlyList<AccessRule> Access { get; } = access;

    protected ErrorCode Error { get; } = error;

    public override ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context) =>
        ValueTask.FromResult(ErrorResponse(request, Error, context.ApiVersion));
}
