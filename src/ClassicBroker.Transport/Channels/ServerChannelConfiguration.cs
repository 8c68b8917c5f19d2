using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// A listener has nothing the bootstrap could set: all is in <see cref="ListenOptions"/>. Threading: the channel's loop.
/// </summary>
internal sealed class ServerChannelConfiguration(IByteBufferAllocator allocator) : IChannelConfiguration
{
    public TimeSpan ConnectTimeout { get; set; }

    public int WriteSpinCount { get; set; } = 1;

    public IByteBufferAllocator Allocator { get; set; } = allocator;

    public IRecvByteBufAllocator RecvByteBufAllocator
    {
        get => throw new NotSupportedException("A listener receives no bytes.");
        set => throw new NotSupportedException("A listener receives no bytes.");
    }

    public bool AutoRead { get; set; } = true;

    public int WriteBufferHighWaterMark { get; set; } = 1;

    public int WriteBufferLowWaterMark { get; set; }

    public IMessageSizeEstimator MessageSizeEstimator { get; set; } = OutboundSize.Instance;

    public T GetOption<T>(ChannelOption<T> option) => default!;

    public bool SetOption(ChannelOption option, object value) => false;

    public bool SetOption<T>(ChannelOption<T> option, T value) => false;
}
