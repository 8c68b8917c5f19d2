using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>The handler of one API, typed. Threading: as <see cref="IRequestHandler"/>.</summary>
public abstract class RequestHandler<TRequest, TResponse> : IRequestHandler
    where TRequest : class, IRequest<TRequest, TResponse>, new()
    where TResponse : class, IResponse, IMessage<TResponse>, new()
{
    public ApiDescriptor Api { get; } = ApiCatalog.Get(TRequest.ApiKey);

    /// <inheritdoc cref="IRequestHandler.HandleAsync"/>
    public abstract ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context);

    ValueTask<IResponse?> IRequestHandler.HandleAsync(IRequest request, RequestContext context)
    {
        var answer = HandleAsync((TRequest)request, context);
        return answer.IsCompletedSuccessfully ? new(answer.Result) : WidenAsync(answer);
    }

    IResponse? IRequestHandler.ErrorResponse(IRequest request, ErrorCode error, short version) =>
        ErrorResponse((TRequest)request, error, version);

    /// <summary>Overridden where the error belongs to each item of the request.</summary>
    protected virtual TResponse? ErrorResponse(TRequest request, ErrorCode error, short version)
    {
        var response = new TResponse();
        return response.TrySetError(error, version) ? response : null;
    }

    private static async ValueTask<IResponse?> WidenAsync(ValueTask<TResponse?> answer) => await answer;
}
