using System.Buffers;
using System.Net.Security;
using DotNetty.Buffers;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// Messages that wait to be encrypted, a piece at a time as the channel drains, so that a large file region is never in memory whole.
/// Owned by a <see cref="TlsHandler"/>. Threading: the channel's loop.
/// </summary>
internal sealed class TlsOutbound
{
    /// <summary>Four full TLS records: enough to amortise a call, little enough to share a loop.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly Queue<object> _pending = new();

    /// <summary>Takes a message, which counts towards the channel's unsent bytes from here.</summary>
    public void Add(IChannelHandlerContext context, object message)
    {
        _pending.Enqueue(message);
        context.Transport().Hold(OutboundSize.Instance.Size(message));
    }

    /// <summary>Encrypts until the channel has enough queued, and flushes it.</summary>
    public void Encrypt(IChannelHandlerContext context, SslStream stream)
    {
        var channel = context.Transport();
        byte[]? scratch = null;
        while (channel.Open && channel.QueuedBytes <= channel.Options.WriteHighWatermark && _pending.TryPeek(out var message))
        {
            var piece = Math.Min(PieceBytes, OutboundSize.Instance.Size(message));
            if (message is RegionMessage region)
            {
                scratch ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
                region.Read(scratch.AsSpan(0, piece), region.Transferred);
                stream.Write(scratch, 0, piece);
                region.Advance(piece);
            }
            else if (piece > 0)
            {
                var buffer = (IByteBuffer)message;
                stream.Write(buffer.ReadableSpan()[..piece]);
                buffer.SkipBytes(piece);
            }

            if (OutboundSize.Instance.Size(message) == 0)
            {
                _pending.Dequeue();
                ReferenceCountUtil.Release(message);
            }

            channel.Hold(-piece);
        }

        if (scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        context.Flush();
    }

    /// <summary>Releases what was not encrypted.</summary>
    public void Clear()
    {
        while (_pending.TryDequeue(out var message))
        {
            ReferenceCountUtil.Release(message);
        }
    }
}
