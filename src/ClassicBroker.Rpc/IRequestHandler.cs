using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc;

/// <summary>
/// Answers the requests of one API. Threading: called on the loop of the connection, from several loops at once; what it awaits may end
/// anywhere.
/// </summary>
public interface IRequestHandler
{
    ApiDescriptor Api { get; }

    /// <summary>
    /// What the API checks. Rules of scope request are asked before the handler, in this order; the handler asks by the others itself.
    /// </summary>
    IReadOnlyList<AccessRule> Access { get; }

    /// <summary>
    /// Answers a request; null sends nothing (acks=0). Records in the request are slices of the receive buffer: they are gone once this
    /// method has returned, whether or not its task has ended.
    /// </summary>
    ValueTask<IResponse?> HandleAsync(IRequest request, RequestContext context);

    /// <summary>The answer that says nothing but an error; null where the sender wants none, or could not take it: it is cut off.</summary>
    IResponse? ErrorResponse(IRequest request, ErrorCode error, short version);

    /// <summary>The answer to a request that a rule of scope request refuses; null where the connection is cut off.</summary>
    IResponse? Refuse(IRequest request, AccessRule rule, RequestContext context);
}
