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
/// channel with a <see cref="TlsHandshakeException"/>. While the peer is silent no buffer is held.
/// Threading: the channel's loop. The platform's TLS continues inline only where no synchronization context is current, and on the
/// thread pool otherwise; so it runs <see cref="Detached"/> from the loop's context, which handlers get back before they are called.
/// </summary>
public sealed class TlsHandler : ChannelHandler
{
    /// <summary>The most one TLS record decrypts to.</summary>
    private const int RecordBytes = 16 * 1024;

    private const byte AlertRecord = 0x15;
    private const byte HandshakeRecord = 0x16;

    /// <summary>What a TLS client is given instead of plaintext's answer: a fatal alert, unexpected_message.</summary>
    private static readonly byte[] UnexpectedMessage = [AlertRecord, 3, 3, 0, 2, 2, 10];

    private readonly SslServerAuthenticationOptions? _server;
    private readonly SslClientAuthenticationOptions? _client;
    private readonly TimeSpan _handshakeTimeout;
    private readonly TlsOutbound _outbound = new();
    private SynchronizationContext? _loopContext;
    private TlsDuplex? _duplex;
    private TlsStream? _stream;
    private IScheduledWork? _timeout;
    private bool _established;
    private bool _sawFirstByte;
    private bool _closing;
    private bool _failed;
    private bool _wasAnswered;

    /// <summary>
    /// A client that connects and says nothing only looked whether the port is open; who leaves in the middle had a reason. A server that
    /// looks at a client's certificate does so when the client's side of the handshake is over.
    /// </summary>
    private bool PeerLeftEarly => !_failed && (_established ? _client is not null && !_wasAnswered : _client is not null || _sawFirstByte);

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
        _stream = new TlsStream(_duplex);
        _timeout = context.Channel.Loop.Schedule(
            () => Fail(context, new TlsHandshakeException($"it took longer than {_handshakeTimeout.TotalMilliseconds} ms")),
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
            if (bytes.Span[0] is not (HandshakeRecord or AlertRecord))
            {
                RefusePlaintext(context, bytes.Span);
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

        _outbound.Add(context, payload);
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

    public override void UserEvent(ChannelHandlerContext context, object userEvent)
    {
        if (userEvent is PeerFinishedEvent && PeerLeftEarly)
        {
            Fail(context, Left());
        }

        context.FireUserEvent(userEvent);
    }

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception)
    {
        if (exception is ConnectionResetException && PeerLeftEarly)
        {
            Fail(context, Left(exception));
        }
        else
        {
            context.FireExceptionCaught(exception);
        }
    }

    public override void Inactive(ChannelHandlerContext context)
    {
        Detached(() => _duplex?.Finish());
        context.FireInactive();
    }

    public override void Removed(ChannelHandlerContext context)
    {
        _timeout?.Cancel();
        _outbound.Clear();
        Detached(() => _duplex?.Finish());
        _stream?.Dispose();
    }

    /// <summary>
    /// The handshake, then decrypted bytes up the pipeline until the peer ends. A loop's edge: what is thrown goes to the handlers.
    /// </summary>
    private async Task PumpAsync(ChannelHandlerContext context, TlsStream stream)
    {
        try
        {
            await (_server is null
                ? stream.AuthenticateAsClientAsync(_client!)
                : stream.AuthenticateAsServerAsync(_server)).ConfigureAwait(false);
            Attached(() => Established(context, stream));
            bool more;
            do
            {
                // Waits for decrypted bytes, and takes none: the read behind it ends at once.
                await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                more = await DeliverAsync(context, stream).ConfigureAwait(false);
            }
            while (more);

            Attached(context.Channel.Close);
        }
        catch (Exception exception) when (exception is AuthenticationException || (exception is IOException && !_established))
        {
            Attached(() => Fail(context, new TlsHandshakeException(TlsFault.Describe(exception, stream.PeerFault), exception)));
        }
        catch (IOException exception) when (TlsFault.Alert(exception) is not null)
        {
            // In TLS 1.3 a client is established before the server has looked at its certificate.
            Attached(() => Fail(context, new TlsHandshakeException(TlsFault.Describe(exception, stream.PeerFault), exception)));
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

    /// <summary>Hands up what was decrypted, in the room lent where a handler lends; false at the end of the stream.</summary>
    private async ValueTask<bool> DeliverAsync(ChannelHandlerContext context, TlsStream stream)
    {
        var lent = context.LendBuffer();
        if (!lent.IsEmpty)
        {
            var filled = await stream.ReadAsync(lent).ConfigureAwait(false);
            HandUp(context, default, filled);
            return filled > 0;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(RecordBytes);
        try
        {
            var count = await stream.ReadAsync(buffer).ConfigureAwait(false);
            HandUp(context, buffer.AsMemory(0, count), count);
            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <param name="context">This handler's place.</param>
    /// <param name="bytes">What came; empty where it is in the room lent.</param>
    /// <param name="count">How many bytes came.</param>
    private void HandUp(ChannelHandlerContext context, Memory<byte> bytes, int count)
    {
        if (count == 0)
        {
            return;
        }

        _wasAnswered = true;
        SynchronizationContext.SetSynchronizationContext(_loopContext);
        try
        {
            if (bytes.IsEmpty)
            {
                context.FireBufferFilled(count);
            }
            else
            {
                context.FireRead(bytes);
            }

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

    /// <summary>Answers as a TLS server must, so that clients which misunderstood can tell, and hangs up.</summary>
    private void RefusePlaintext(ChannelHandlerContext context, ReadOnlySpan<byte> bytes)
    {
        if (_server is not null)
        {
            context.WriteAndFlush(PooledPayload.Copy(UnexpectedMessage));
        }

        Fail(context, new TlsHandshakeException(TlsFault.Plaintext(bytes, _client is not null)));
    }

    private TlsHandshakeException Left(Exception? cause = null) =>
        new(
            _client is null ? TlsFault.LeftByClient : _established ? TlsFault.LeftUnanswered : TlsFault.LeftByServer,
            cause,
            isRefusal: false);

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

    private void Established(ChannelHandlerContext context, TlsStream stream)
    {
        _established = true;
        _timeout?.Cancel();
        context.FireUserEvent(new TlsHandshakeCompleted(stream.SslProtocol, stream.NegotiatedCipherSuite, stream.RemoteCertificate));
        Encrypt(context);
    }

    private void Encrypt(ChannelHandlerContext context)
    {
        if (_established && !_closing)
        {
            _outbound.Encrypt(context, _stream!);
        }
    }

    private void Fail(ChannelHandlerContext context, Exception exception)
    {
        if (context.Channel.IsOpen && !_failed)
        {
            _failed = true;
            context.FireExceptionCaught(exception);
            context.Close();
        }
    }
}
