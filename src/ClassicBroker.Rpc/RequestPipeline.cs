using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// Fills the pipelines of one listener's channels: idle check, frames, SASL where the listener asks for it, requests. TLS goes before,
/// added by the code that composes the broker. Threading: immutable; called on each channel's own loop.
/// </summary>
public sealed class RequestPipeline(
    RequestListener listener,
    RequestDispatcher dispatcher,
    RequestLimits limits,
    RequestMemory memory,
    RequestMetrics metrics,
    RequestTrace trace)
{
    /// <summary>What stands before the handlers.</summary>
    public RequestSteps Steps { get; init; } = RequestSteps.None;

    /// <summary>How clients of a SASL listener prove who they are, asked for each connection; without it none ever does.</summary>
    public Func<SaslListener>? Sasl { get; init; }

    public ClientConnection Initialize(TransportChannel channel)
    {
        var sasl = listener.RequiresAuthentication ? Sasl?.Invoke() : null;
        var connection = new ClientConnection(
            channel,
            listener,
            sasl is null ? limits : limits with { FrameLengthMaxUnauthenticated = sasl.FrameLengthMax },
            metrics.ProcessorOf(listener.Name, channel.Loop));
        connection.Processor.Open();
        var responses = new ResponseQueue(connection, limits, memory, metrics, trace, Steps.Quotas);
        channel.Attachment = connection;
        if (limits.IdleMax != Timeout.InfiniteTimeSpan)
        {
            channel.Pipeline.AddLast(new IdleStateHandler(limits.IdleMax));
        }

        channel.Pipeline.AddLast(
            new LengthFieldFrameDecoder(connection.FrameLengthMax) { Memory = new FrameMemory(connection, memory, trace) });
        if (sasl is not null)
        {
            channel.Pipeline.AddLast(new SaslAuthenticator(connection, sasl, dispatcher, responses, metrics, trace));
        }

        channel.Pipeline.AddLast(new RequestDecoder(connection, dispatcher, limits, responses, Steps, metrics, trace));
        return connection;
    }
}
