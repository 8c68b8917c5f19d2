using ClassicBroker.Protocol;

namespace ClassicBroker.Rpc;

/// <summary>
/// Charges requests to those who sent them. What it gives to <see cref="RequestContext.Throttle"/> the answer tells, and the connection is
/// read from again only after that time (KIP-219). Threading: called on the loop of the connection, from several loops at once.
/// </summary>
public interface IRequestQuotas
{
    /// <summary>Does the time count that receiving requests and sending answers take?</summary>
    bool CountsNetworkTime { get; }

    /// <param name="context">The request, whose answer is ready.</param>
    /// <param name="request">Its body.</param>
    /// <param name="localTime">How long its handler held a thread.</param>
    void Complete(RequestContext context, IRequest request, TimeSpan localTime);

    /// <summary>
    /// A request's part of the time its loop spent on receiving and sending for the connection, known once its answer has left; it holds no
    /// client back by itself.
    /// </summary>
    /// <param name="context">The last request of the connection.</param>
    /// <param name="networkTime">Without that of handlers.</param>
    void AddNetworkTime(RequestContext context, TimeSpan networkTime);
}
