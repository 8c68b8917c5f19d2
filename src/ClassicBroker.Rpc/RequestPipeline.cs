using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// Fills the pipelines of one listener's channels: idle check, frames, requests. TLS goes before, SASL between frames and requests, both
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

    public ClientConnection Initialize(TransportChannel channel)
    {
        var connection = new ClientConnection(channel, listener, limits);
        channel.Attachment = connection;
        if (limits.IdleMax != Timeout.InfiniteTimeSpan)
        {
            channel.Pipeline.AddLast(new IdleStateHandler(limits.IdleMax));
        }

        channel.Pipeline
            .AddLast(new LengthFieldFrameDecoder(connection.FrameLengthMax) { Memory = new FrameMemory(connection, memory.Frames, trace) })
            .AddLast(new RequestDecoder(connection, dispatcher, limits, memory, Steps, metrics, trace));
        return connection;
    }
}
