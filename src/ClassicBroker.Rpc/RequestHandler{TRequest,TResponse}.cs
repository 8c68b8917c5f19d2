using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc;

/// <summary>The handler of one API, typed. Threading: as <see cref="IRequestHandler"/>.</summary>
public abstract class RequestHandler<TRequest, TResponse> : IRequestHandler
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    public ApiDescriptor Api { get; } = ApiCatalog.Get(TRequest.ApiKey);

    /// <inheritdoc/>
    public abstract IReadOnlyList<AccessRule> Access { get; }

    /// <inheritdoc cref="IRequestHandler.HandleAsync"/>
    public abstract ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context);

    ValueTask<IResponse?> IRequestHandler.HandleAsync(IRequest request, RequestContext context)
    {
        var answer = HandleAsync((TRequest)request, context);
        return answer.IsCompletedSuccessfully ? new(answer.Result) : WidenAsync(answer);
    }

    IResponse? IRequestHandler.ErrorResponse(IRequest request, ErrorCode error, short version) =>
        ErrorResponse((TRequest)request, error, version);

    IResponse? IRequestHandler.Refuse(IRequest request, AccessRule rule, RequestContext context) =>
        Refuse((TRequest)request, rule, context);

    /// <inheritdoc cref="IRequestHandler.Refuse"/>
    protected virtual TResponse? Refuse(TRequest request, AccessRule rule, RequestContext context) =>
        ErrorResponse(request, rule.Refusal, context.ApiVersion);

    /// <summary>
    /// As the request itself knows how it is answered with an error; overridden where the schema cannot say it. Null closes the
    /// connection.
    /// </summary>
    protected virtual TResponse? ErrorResponse(TRequest request, ErrorCode error, short version) => request.ErrorResponse(error, version);

    /// <summary>
    /// Does the part of a request that belongs to one of its resources. A failure that nothing foresaw stays with that resource: it is
    /// logged, and <paramref name="failed"/> tells the outcome.
    /// </summary>
    protected static async Task<T> ContainAsync<T>(RequestContext context, Func<Task<T>> work, Func<Exception, T> failed)
    {
        try
        {
            return await work();
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            context.Report(failure);
            return failed(failure);
        }
    }

    private static async ValueTask<IResponse?> WidenAsync(ValueTask<TResponse?> answer) => await answer;
}
