using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>Counts what a message puts on the wire towards a channel's watermarks, file regions too. Stateless.</summary>
internal sealed class OutboundSize : IMessageSizeEstimator, IMessageSizeEstimatorHandle
{
    public static readonly OutboundSize Instance = new();

    private OutboundSize()
    {
    }

    public IMessageSizeEstimatorHandle NewHandle() => this;

    public int Size(object msg) => msg switch
    {
        IByteBuffer buffer => buffer.ReadableBytes,
        RegionMessage region => region.Left,
        _ => 0,
    };
}
