using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>
/// Answers the APIs of delegation tokens as a Kafka without <c>delegation.token.secret.key</c> does: a named user hears that tokens are
/// turned off, anyone else that they are not for such a connection. Stateless.
/// </summary>
public sealed class TokenRefusingHandler<TRequest, TResponse>()
    : RefusingHandler<TRequest, TResponse>(ErrorCode.DelegationTokenRequestNotAllowed)
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    public override ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context) =>
        ValueTask.FromResult(ErrorResponse(
            request,
            context.Principal == KafkaPrincipal.Anonymous ? Error : ErrorCode.DelegationTokenAuthDisabled,
            context.ApiVersion));
}
