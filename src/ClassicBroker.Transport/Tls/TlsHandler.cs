using System.Net.Security;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using DotNetty.Buffers;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using Promise = DotNetty.Common.Concurrency.TaskCompletionSource;

namespace ClassicBroker.Transport;

/// <summary>
/// Turns a channel's bytes into TLS and back. The platform's <see cref="SslStream"/> does the cryptography over a
/// <see cref="TlsDuplex"/> that never leaves the loop: it reads what the channel received and writes what the channel will send.
/// Messages written are encrypted in pieces as the channel drains, so that a large file region is never in memory whole.
/// The pipeline hears <see cref="TlsHandshakeCompleted"/> when the peer is known; a handshake that fails or takes too long closes the
/// channel with a <see cref="TlsHandshakeException"/>. While the peer is silent no buffer is held.
/// Threading: the channel's loop. The platform's TLS continues inline only where no synchronization context is current, and on the
/// thread pool otherwise; so it runs <see cref="Detached"/> from the loop's context, which handlers get back before they are called.
/// </summary>
public sealed class TlsHandler : TransportHandler
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
    private PooledArrayBuffer? _decrypted;
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

    public override void HandlerAdded(IChannelHandlerContext context)
    {
        context.Transport().IsTransformed = true;
        context.Transport().Drained = () => Encrypt(context);
    }

    public override void ChannelActive(IChannelHandlerContext context)
    {
        _timeout = context.Transport().Loop.Schedule(
            () => Fail(context, new TlsHandshakeException($"it took longer than {_handshakeTimeout.TotalMilliseconds} ms")),
            _handshakeTimeout - context.Transport().Waited);
        _loopContext = SynchronizationContext.Current;
        context.FireChannelActive();
        if (_client is not null)
        {
            Detached(() => Begin(context));
        }
    }

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var bytes = ((IByteBuffer)message).ReadableSpan();
        if (!_sawFirstByte && bytes.Length > 0)
        {
            _sawFirstByte = true;
            if (bytes[0] is not (HandshakeRecord or AlertRecord))
            {
                RefusePlaintext(context, bytes);
                return;
            }
        }

        var turns = context.Transport().Home.Handshakes;
        if (_server is null || _established)
        {
            Feed(context, bytes);
        }
        else if (turns.IsTurn)
        {
            var begin = turns.Begin();
            Feed(context, bytes);
            turns.End(begin);
        }
        else
        {
            // Nothing more is read meanwhile, so that what waits stays small and in its order.
            var kept = context.Allocator.Copy(bytes);
            context.Transport().AutoRead = false;
            turns.Wait(() => context.Transport().Guarded(_ => FeedLater(context, kept)));
        }
    }

    private void FeedLater(IChannelHandlerContext context, IByteBuffer kept)
    {
        try
        {
            if (context.Channel.Open)
            {
                Feed(context, kept.ReadableSpan());
                context.Transport().AutoRead = true;
            }
        }
        finally
        {
            kept.Release();
        }
    }

    private void Feed(IChannelHandlerContext context, ReadOnlySpan<byte> bytes)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            (_duplex ?? Begin(context)).Feed(bytes);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(_loopContext);
        }
    }

    /// <summary>A client begins at once, a server with the first byte: a stranger who says nothing costs a channel only.</summary>
    private TlsDuplex Begin(IChannelHandlerContext context)
    {
        _duplex = new TlsDuplex(encrypted => context.Send(context.Allocator.Copy(encrypted)), () => context.Flush());
        _stream = new TlsStream(_duplex);
        new BackgroundWork("tls-connection", context.Transport().Loop).Watch(PumpAsync(context, _stream));
        return _duplex;
    }

    public override Task WriteAsync(IChannelHandlerContext context, object message)
    {
        if (!context.Channel.Open)
        {
            ReferenceCountUtil.Release(message);
            return TaskEx.FromException(new ClosedChannelException());
        }

        _outbound.Add(context, message);
        return Promise.Void.Task;
    }

    public override void Flush(IChannelHandlerContext context) => Encrypt(context);

    public override Task CloseAsync(IChannelHandlerContext context)
    {
        if (_established && !_closing && context.Channel.Open)
        {
            // The alert tells the peer that nothing was cut off. The duplex takes it at once, so the task has ended already.
            _closing = true;
            _stream!.ShutdownAsync().GetAwaiter().GetResult();
            context.Flush();
        }

        return context.CloseAsync();
    }

    public override void UserEventTriggered(IChannelHandlerContext context, object evt)
    {
        if (evt is PeerFinishedEvent && PeerLeftEarly)
        {
            Fail(context, Left());
        }

        context.FireUserEventTriggered(evt);
    }

    protected override void OnException(IChannelHandlerContext context, Exception exception)
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

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        Detached(() => _duplex?.Finish());
        context.FireChannelInactive();
    }

    public override void HandlerRemoved(IChannelHandlerContext context)
    {
        _timeout?.Cancel();
        _outbound.Clear();
        Detached(() => _duplex?.Finish());
        _stream?.Dispose();
    }

    /// <summary>
    /// The handshake, then decrypted bytes up the pipeline until the peer ends. A loop's edge: what is thrown goes to the handlers.
    /// </summary>
    private async Task PumpAsync(IChannelHandlerContext context, TlsStream stream)
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

            Attached(context.Transport().PeerFinished);
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
            // This method is not awaited; the loop must hear of its failure.
            context.Transport().Loop.Execute(() => ExceptionDispatchInfo.Throw(violated));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Attached(() => Fail(context, exception));
        }
    }

    /// <summary>Hands up what was decrypted, in the room lent where a handler lends; false at the end of the stream.</summary>
    private async ValueTask<bool> DeliverAsync(IChannelHandlerContext context, TlsStream stream)
    {
        if (context.Transport().Lender?.Lend(out var room) is { } lent)
        {
            var filled = await stream.ReadAsync(lent.Array.AsMemory(lent.WriterIndex, room)).ConfigureAwait(false);
            HandUp(context, lent, filled);
            return filled > 0;
        }

        var buffer = Record(context.Transport());
        try
        {
            var count = await stream.ReadAsync(buffer.Array.AsMemory()).ConfigureAwait(false);
            HandUp(context, buffer, count);
            return count > 0;
        }
        finally
        {
            _decrypted = buffer.Release() ? buffer : null;
        }
    }

    /// <summary>Room for what a record decrypts to; the object is used again unless a handler kept it.</summary>
    private PooledArrayBuffer Record(TransportChannel channel)
    {
        if (_decrypted is not { } buffer)
        {
            return channel.Home.Allocator.Rent(RecordBytes);
        }

        _decrypted = null;
        buffer.Rearm(RecordBytes);
        return buffer;
    }

    private void HandUp(IChannelHandlerContext context, IByteBuffer buffer, int count)
    {
        if (count == 0)
        {
            return;
        }

        _wasAnswered = true;
        buffer.SetWriterIndex(buffer.WriterIndex + count);
        SynchronizationContext.SetSynchronizationContext(_loopContext);
        try
        {
            context.FireChannelRead(buffer);
            if (!_duplex!.HasInput)
            {
                context.FireChannelReadComplete();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    /// <summary>Answers as a TLS server must, so that clients which misunderstood can tell, and hangs up.</summary>
    private void RefusePlaintext(IChannelHandlerContext context, ReadOnlySpan<byte> bytes)
    {
        if (_server is not null)
        {
            context.SendAndFlush(context.Allocator.Copy(UnexpectedMessage));
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

    private void Established(IChannelHandlerContext context, TlsStream stream)
    {
        _established = true;
        _timeout?.Cancel();
        context.FireUserEventTriggered(
            new TlsHandshakeCompleted(stream.SslProtocol, stream.NegotiatedCipherSuite, stream.RemoteCertificate));
        Encrypt(context);
    }

    private void Encrypt(IChannelHandlerContext context)
    {
        if (_established && !_closing)
        {
            _outbound.Encrypt(context, _stream!);
        }
    }

    private void Fail(IChannelHandlerContext context, Exception exception)
    {
        if (context.Channel.Open && !_failed)
        {
            _failed = true;
            context.FireExceptionCaught(exception);
            context.Close();
        }
    }
}
