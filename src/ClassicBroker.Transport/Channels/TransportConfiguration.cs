using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// How one channel is set up. Socket options are applied by the transport before the channel exists. Threading: the channel's loop.
/// </summary>
internal sealed class TransportConfiguration(TransportChannel channel, ChannelOptions options, IByteBufferAllocator allocator)
    : IChannelConfiguration
{
    private bool _autoRead = true;

    public TimeSpan ConnectTimeout { get; set; }

    public int WriteSpinCount { get; set; } = 1;

    public IByteBufferAllocator Allocator { get; set; } = allocator;

    /// <summary>Memory to receive into is the loop's, or lent by the handler that assembles frames.</summary>
    public IRecvByteBufAllocator RecvByteBufAllocator
    {
        get => throw new NotSupportedException("A channel receives into its loop's memory.");
        set => throw new NotSupportedException("A channel receives into its loop's memory.");
    }

    public bool AutoRead
    {
        get => _autoRead;
        set
        {
            if (_autoRead == value)
            {
                return;
            }

            _autoRead = value;
            if (value)
            {
                channel.Read();
            }
            else
            {
                channel.StopReading();
            }
        }
    }

    // DotNetty turns at the mark, the options speak of bytes above it.
    public int WriteBufferHighWaterMark { get; set; } = options.WriteHighWatermark + 1;

    public int WriteBufferLowWaterMark { get; set; } = options.WriteLowWatermark;

    public IMessageSizeEstimator MessageSizeEstimator { get; set; } = OutboundSize.Instance;

    public T GetOption<T>(ChannelOption<T> option) => ChannelOption.AutoRead.Equals(option) ? (T)(object)AutoRead : default!;

    public bool SetOption(ChannelOption option, object value) => option.Set(this, value);

    public bool SetOption<T>(ChannelOption<T> option, T value)
    {
        if (!ChannelOption.AutoRead.Equals(option))
        {
            return false;
        }

        AutoRead = (bool)(object)value!;
        return true;
    }
}
