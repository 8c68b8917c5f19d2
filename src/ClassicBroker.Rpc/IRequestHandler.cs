using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// Answers the requests of one API. Threading: called on the loop of the connection, from several loops at once; what it awaits may end
/// anywhere.
/// </summary>
public interface IRequestHandler
{
    ApiDescriptor Api { get; }

    /// <summary>
    /// Answers a request; null sends nothing (acks=0). Records in the request are slices of the receive buffer: they are gone once this
    /// method has returned, whether or not its task has ended.
    /// </summary>
    ValueTask<IResponse?> HandleAsync(IRequest request, RequestContext context);

    /// <summary>The answer that says nothing but an error; null where the sender wants none, or could not take it: it is cut off.</summary>
    IResponse? ErrorResponse(IRequest request, ErrorCode error, short version);
}
