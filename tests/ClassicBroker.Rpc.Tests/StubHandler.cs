using ClassicBroker.Protocol;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc.Tests;

/// <summary>A handler that a test writes in place, and what it was asked.</summary>
internal sealed class StubHandler<TRequest, TResponse>(Func<TRequest, RequestContext, ValueTask<TResponse?>> answer)
    : RequestHandler<TRequest, TResponse>
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    /// <summary>What the API checks; nothing where a test does not say.</summary>
    public override IReadOnlyList<AccessRule> Access => Rules;

    public IReadOnlyList<AccessRule> Rules { get; init; } = [];

    public List<(TRequest Request, RequestContext Context)> Asked { get; } = [];

    public override ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context)
    {
        Asked.Add((request, context));
        return answer(request, context);
    }
}
