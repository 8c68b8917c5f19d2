using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// Charges requests to those who sent them. What it gives to <see cref="RequestContext.Throttle"/> the answer tells, and the connection is
/// read from again only after that time (KIP-219). Threading: called on the loop of the connection, from several loops at once.
/// </summary>
public interface IRequestQuotas
{
    /// <param name="context">The request, whose answer is ready.</param>
    /// <param name="request">Its body.</param>
    /// <param name="localTime">How long its handler held a thread.</param>
    void Complete(RequestContext context, IRequest request, TimeSpan localTime);
}
