using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// Fills the pipelines of one listener's channels: idle check, frames, requests. TLS goes before, SASL between frames and requests, both
/// added by whoever composes the broker. Threading: immutable; called on each channel's own loop.
/// </summary>
public sealed class RequestPipeline(
    RequestListener listener,
    RequestDispatcher dispatcher,
    RequestLimits limits,
    RequestMetrics metrics,
    RequestTrace trace)
{
    public ClientConnection Initialize(Channel channel)
    {
        var connection = new ClientConnection(channel, listener, limits);
        channel.Attachment = connection;
        if (limits.IdleMax != Timeout.InfiniteTimeSpan)
        {
            channel.Pipeline.AddLast(new IdleStateHandler(limits.IdleMax));
        }

        channel.Pipeline
            .AddLast(new LengthFieldFrameDecoder(connection.FrameLengthMax))
            .AddLast(new RequestDecoder(connection, dispatcher, limits, metrics, trace));
        return connection;
    }
}
