using System.Buffers;
using System.Net.Security;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Turns a channel's bytes into TLS and back. The platform's <see cref="SslStream"/> does the cryptography over a
/// <see cref="TlsDuplex"/> that never leaves the loop: it reads what the channel received and writes what the channel will send.
/// Payloads written are encrypted in pieces as the channel drains, so that a large file region is never in memory whole.
/// The pipeline hears <see cref="TlsHandshakeCompleted"/> when the peer is known; a handshake that fails or takes too long closes the
/// channel with a <see cref="TlsHandshakeException"/>.
/// Threading: the channel's loop. The platform's TLS continues inline only where no synchronization context is current, and on the
/// thread pool otherwise; so it runs <see cref="Detached"/> from the loop's context, which handlers get back before they are called.
/// </summary>
public sealed class TlsHandler : ChannelHandler
{
    /// <summary>Four full TLS records: enough to amortise a call, little enough to share a loop.</summary>
    private const int PieceBytes = 64 * 1024;

    private const byte HandshakeRecord = 0x16;

    private readonly SslServerAuthenticationOptions? _server;
    private readonly SslClientAuthenticationOptions? _client;
    private readonly TimeSpan _handshakeTimeout;
    private readonly Queue<IPayload> _pending = new();
    private readonly byte[] _plaintext = new byte[16 * 1024];
    private SynchronizationContext? _loopContext;
    private TlsDuplex? _duplex;
    private SslStream? _stream;
    private IScheduledWork? _timeout;
    private int _pendingOffset;
    private bool _established;
    private bool _sawFirstByte;
    private bool _closing;

    /// <summary>The accepting side.</summary>
    public TlsHandler(SslServerAuthenticationOptions options, TimeSpan handshakeTimeout)
    {
        _server = options;
        _handshakeTimeout = handshakeTimeout;
    }

    /// <summary>The connecting side.</summary>
    public TlsHandler(SslClientAuthenticationOptions options, TimeSpan handshakeTimeout)
    {
        _client = options;
        _handshakeTimeout = handshakeTimeout;
    }

    public override void Active(ChannelHandlerContext context)
    {
        _duplex = new TlsDuplex(encrypted => context.Write(PooledPayload.Copy(encrypted)), context.Flush);
        _stream = new SslStream(_duplex, leaveInnerStreamOpen: false);
        _timeout = context.Channel.Loop.Schedule(
            () => Fail(context, new TlsHandshakeException($"TLS handshake with {context.Channel.RemoteEndPoint} took longer than {_handshakeTimeout}.")),
            _handshakeTimeout);
        _loopContext = SynchronizationContext.Current;
        context.FireActive();
        Detached(() => _ = PumpAsync(context, _stream));
    }

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        if (!_sawFirstByte && bytes.Length > 0)
        {
            _sawFirstByte = true;
            if (bytes.Span[0] != HandshakeRecord)
            {
                Fail(context, new TlsHandshakeException($"{context.Channel.RemoteEndPoint} does not speak TLS: plaintext came where a TLS handshake was expected."));
                return;
            }
        }

        if (_duplex is { } duplex)
        {
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                duplex.Feed(bytes.Span);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(_loopContext);
            }
        }
    }

    public override void Write(ChannelHandlerContext context, IPayload payload)
    {
        if (!context.Channel.IsOpen)
        {
            payload.Release();
            return;
        }

        _pending.Enqueue(payload);
        context.Channel.Hold(payload.Length);
    }

    public override void Flush(ChannelHandlerContext context) => Encrypt(context);

    public override void OutboundDrained(ChannelHandlerContext context)
    {
        Encrypt(context);
        context.FireOutboundDrained();
    }

    public override void Close(ChannelHandlerContext context)
    {
        if (_established && !_closing && context.Channel.IsOpen)
        {
            // The alert tells the peer that nothing was cut off. The duplex takes it at once, so the task has ended already.
            _closing = true;
            _stream!.ShutdownAsync().GetAwaiter().GetResult();
            context.Flush();
        }

        context.Close();
    }

    public override void Inactive(ChannelHandlerContext context)
    {
        Detached(() => _duplex?.Finish());
        context.FireInactive();
    }

    public override void Removed(ChannelHandlerContext context)
    {
        _timeout?.Cancel();
        while (_pending.TryDequeue(out var payload))
        {
            payload.Release();
        }

        Detached(() => _duplex?.Finish());
        _stream?.Dispose();
    }

    /// <summary>
    /// The handshake, then decrypted bytes up the pipeline until the peer ends. A loop's edge: what is thrown goes to the handlers.
    /// </summary>
    private async Task PumpAsync(ChannelHandlerContext context, SslStream stream)
    {
        try
        {
            await (_server is null ? stream.AuthenticateAsClientAsync(_client!) : stream.AuthenticateAsServerAsync(_server)).ConfigureAwait(false);
            Attached(() => Established(context, stream));
            while (await stream.ReadAsync(_plaintext).ConfigureAwait(false) is > 0 and var count)
            {
                Deliver(context, count);
            }

            Attached(context.Channel.Close);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException && !_established)
        {
            Attached(() => Fail(
                context, new TlsHandshakeException($"TLS handshake with {context.Channel.RemoteEndPoint} failed: {exception.Message}", exception)));
        }
        catch (InvariantViolatedException violated)
        {
            // Nobody awaits this method; the loop must hear of it.
            context.Channel.Loop.Execute(() => ExceptionDispatchInfo.Throw(violated));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Attached(() => Fail(context, exception));
        }
    }

    private void Deliver(ChannelHandlerContext context, int count)
    {
        SynchronizationContext.SetSynchronizationContext(_loopContext);
        try
        {
            context.FireRead(_plaintext.AsMemory(0, count));
            if (!_duplex!.HasInput)
            {
                context.FireReadComplete();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private static void Detached(Action work)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Attached(Action work)
    {
        SynchronizationContext.SetSynchronizationContext(_loopContext);
        try
        {
            work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private void Established(ChannelHandlerContext context, SslStream stream)
    {
        _established = true;
        _timeout?.Cancel();
        context.FireUserEvent(new TlsHandshakeCompleted(stream.SslProtocol, stream.NegotiatedCipherSuite, stream.RemoteCertificate));
        Encrypt(context);
    }

    private void Encrypt(ChannelHandlerContext context)
    {
        if (!_established || _closing)
        {
            return;
        }

        var channel = context.Channel;
        byte[]? scratch = null;
        while (channel.IsOpen && channel.QueuedBytes <= channel.Options.WriteHighWatermark && _pending.TryPeek(out var payload))
        {
            var piece = Math.Min(PieceBytes, payload.Length - _pendingOffset);
            if (payload is FileRegion region)
            {
                scratch ??= ArrayPool<byte>.Shared.Rent(PieceBytes);
                if (region.File.Read(scratch.AsSpan(0, piece), region.Position + _pendingOffset) < piece)
                {
                    throw new StorageException("read", region.File.Path, 0, "the file ends before the region that was promised to a peer");
                }

                _stream!.Write(scratch, 0, piece);
            }
            else
            {
                _stream!.Write(payload.InMemory().Span.Slice(_pendingOffset, piece));
            }

            _pendingOffset += piece;
            if (_pendingOffset == payload.Length)
            {
                _pending.Dequeue();
                _pendingOffset = 0;
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

    private static void Fail(ChannelHandlerContext context, Exception exception)
    {
        if (context.Channel.IsOpen)
        {
            context.FireExceptionCaught(exception);
            context.Close();
        }
    }
}
