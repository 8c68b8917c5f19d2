using System.Buffers;
using System.Net.Security;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Payloads that wait to be encrypted, a piece at a time as the channel drains, so that a large file region is never in memory whole.
/// Owned by a <see cref="TlsHandler"/>. Threading: the channel's loop.
/// </summary>
internal sealed class TlsOutbound
{
    /// <summary>Four full TLS records: enough to amortise a call, little enough to share a loop.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly Queue<IPayload> _pending = new();

    /// <summary>How much of the first payload is encrypted.</summary>
    private int _firstSent;

    /// <summary>Takes a payload, which counts towards the channel's unsent bytes from here.</summary>
    public void Add(ChannelHandlerContext context, IPayload payload)
    {
        _pending.Enqueue(payload);
        context.Channel.Hold(payload.Length);
    }

    /// <summary>Encrypts until the channel has enough queued, and flushes it.</summary>
    public void Encrypt(ChannelHandlerContext context, SslStream stream)
    {
        var channel = context.Channel;
        byte[]? scratch = null;
        while (channel.IsOpen && channel.QueuedBytes <= channel.Options.WriteHighWatermark && _pending.TryPeek(out var payload))
        {
            var piece = Math.Min(PieceBytes, payload.Length - _firstSent);
            if (payload is FileRegion region)
            {
                scratch ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
                if (region.File.Read(scratch.AsSpan(0, piece), region.Position + _firstSent) < piece)
                {
                    throw new StorageException("read", region.File.Path, 0, "the file ends before the region that was promised to a peer");
                }

                stream.Write(scratch, 0, piece);
            }
            else
            {
                stream.Write(payload.InMemory().Span.Slice(_firstSent, piece));
            }

            _firstSent += piece;
            if (_firstSent == payload.Length)
            {
                _pending.Dequeue();
                _firstSent = 0;
                payload.Release();
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
        while (_pending.TryDequeue(out var payload))
        {
            payload.Release();
        }
    }
}
