using ClassicBroker.Transport;
using DotNetty.Buffers;

namespace ClassicBroker.Testing.Channels;

/// <summary>Hands received bytes to a pipeline the way a socket's channel does.</summary>
internal static class PipelineFeed
{
    /// <summary>Into the room lent where a handler lends, else lent as they are; then tells that this was all.</summary>
    public static void Receive(this TransportChannel channel, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && channel.Open)
        {
            var room = 0;
            if (!channel.IsTransformed && channel.Lender?.Lend(out room) is { } lent)
            {
                var count = Math.Min(room, bytes.Length);
                bytes[..count].CopyTo(lent.Array.AsSpan(lent.WriterIndex));
                lent.SetWriterIndex(lent.WriterIndex + count);
                channel.Pipeline.FireChannelRead(lent);
                bytes = bytes[count..];
            }
            else
            {
                channel.Lend(bytes);
                bytes = default;
            }
        }

        if (channel.Open)
        {
            channel.Pipeline.FireChannelReadComplete();
        }
    }

    /// <summary>Lends a copy of bytes to the handlers of a channel and takes it back.</summary>
    public static void Lend(this TransportChannel channel, ReadOnlySpan<byte> bytes)
    {
        var message = channel.Allocator.Copy(bytes);
        channel.Pipeline.FireChannelRead(message);
        message.Release();
    }

    /// <summary>A copy of what a message puts on the wire.</summary>
    public static byte[] Copy(object message)
    {
        if (message is not RegionMessage region)
        {
            return ((IByteBuffer)message).ReadableSpan().ToArray();
        }

        var bytes = new byte[region.Left];
        region.Read(bytes, region.Transferred);
        return bytes;
    }
}
