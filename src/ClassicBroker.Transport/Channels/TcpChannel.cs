using System.Net;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>What connections over TCP have in common, by whatever calls of the system they are served. Threading: its loop only.</summary>
internal abstract class TcpChannel(
    long id, NettyLoop home, ChannelOptions options, IPEndPoint local, IPEndPoint remote, ILogger logger)
    : TransportChannel(id, home, options, local, remote)
{
    /// <summary>Receives per turn, so that one busy connection does not starve the others of its loop.</summary>
    protected const int ReceivesPerTurnMax = 8;

    /// <summary>Messages from this size on are not worth copying.</summary>
    private const int CopiedMax = 16 * 1024;

    /// <summary>Messages put together for one send.</summary>
    private const int GatheredMax = 1024;

    /// <summary>Lets the initializer fill the pipeline, then serves the connection. On the loop.</summary>
    public void Start(Action<TransportChannel> initializer)
    {
        Pipeline.AddLast(new ChannelFill(initializer));
        ErrorFates.Settle(this, Home.RegisterAsync(this));
    }

    protected override void Unhandled(Exception exception)
    {
        if (exception is ConnectionResetException)
        {
            logger.ConnectionLost(this, exception.Message);
        }
        else
        {
            logger.ConnectionFailed(this, exception);
        }

        Close();
    }

    protected IByteBuffer ReadRegion(RegionMessage region)
    {
        var buffer = Allocator.Buffer(region.Left);
        region.Read(buffer.Array.AsSpan(0, region.Left), region.Transferred);
        buffer.SetWriterIndex(region.Left);
        region.Release();
        return buffer;
    }

    protected void CompleteRead(bool received)
    {
        if (received && Open)
        {
            Pipeline.FireChannelReadComplete();
        }
    }

    /// <summary>
    /// What one send takes: the first message where it lies, or small ones put together in <paramref name="scratch"/>.
    /// </summary>
    protected static ReadOnlySpan<byte> Gather(ChannelOutboundBuffer queue, IByteBuffer first, Span<byte> scratch, out bool leavesMore)
    {
        if (queue.Size == 1 || first.ReadableBytes >= CopiedMax)
        {
            leavesMore = queue.Size > 1;
            return first.ReadableSpan();
        }

        var filled = 0;
        var taken = 0;
        var segments = queue.GetSharedBufferList(GatheredMax, scratch.Length);
        foreach (var segment in segments)
        {
            if (segment.Count > scratch.Length - filled)
            {
                break;
            }

            segment.AsSpan().CopyTo(scratch[filled..]);
            filled += segment.Count;
            taken++;
        }

        segments.Clear();
        leavesMore = taken < queue.Size;
        return scratch[..filled];
    }
}
