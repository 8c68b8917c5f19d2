using DotNetty.Common;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// DotNetty's pipeline with an end that does not swallow: an exception no handler dealt with closes the channel, or ends the process
/// where it must. Messages are lent, so the end releases none. Threading: the channel's loop.
/// </summary>
internal sealed class TransportPipeline(IChannel channel) : DefaultChannelPipeline(channel)
{
    // Leaks show in the allocator's count; sampling them would draw on chance.
    static TransportPipeline() => ResourceLeakDetector.Level = ResourceLeakDetector.DetectionLevel.Disabled;

    protected override void OnUnhandledInboundException(Exception cause) => ErrorFates.Unhandled(Channel, cause);

    protected override void OnUnhandledInboundMessage(object msg)
    {
    }
}
