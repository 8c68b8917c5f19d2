using System.Net;
using System.Runtime.InteropServices;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>
/// A TCP connection on an <see cref="EpollEventLoop"/>. Reads into the loop's buffer, or into what a decoder lends with the loop's behind
/// it, so that one call takes the end of one frame and the beginning of the next. Small payloads are put together for one send, large
/// ones sent from where they are, file regions by sendfile. Threading: its loop only.
/// </summary>
internal sealed unsafe class EpollChannel : Channel, IPollable
{
    /// <summary>Receives per turn, so that one busy connection does not starve the others of its loop.</summary>
    private const int ReceivesPerTurnMax = 8;

    /// <summary>Bytes sent per turn, for the same reason.</summary>
    private const long SendPerTurnMax = 8 * 1024 * 1024;

    /// <summary>Payloads from this size on are not worth copying.</summary>
    private const int CopiedMax = 16 * 1024;

    private readonly EpollEventLoop _loop;
    private readonly int _socket;
    private readonly PendingWrites _pending = new();
    private readonly Action? _closed;
    private readonly ILogger _logger;
    private ulong _token;
    private uint _interest;
    private bool _sendBlocked;
    private bool _flushing;

    /// <param name="id">Unique in the process.</param>
    /// <param name="loop">Where it lives from now on.</param>
    /// <param name="options">Watermarks; the socket's own options are set already.</param>
    /// <param name="socket">A connected socket, which the channel closes.</param>
    /// <param name="local">Its own end.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="closed">Told once the socket is closed.</param>
    /// <param name="logger">For connections that end in an error.</param>
    public EpollChannel(
        long id,
        EpollEventLoop loop,
        ChannelOptions options,
        int socket,
        IPEndPoint local,
        IPEndPoint remote,
        Action? closed,
        ILogger logger)
        : base(id, loop, options)
    {
        _loop = loop;
        _socket = socket;
        _closed = closed;
        _logger = logger;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
    }

    /// <summary>Lets the initializer fill the pipeline, then serves the connection.</summary>
    public void Open(Action<Channel> initializer)
    {
        _interest = EpollCalls.In;
        _token = _loop.Register(_socket, this, _interest);
        Guarded(initializer);
        if (IsOpen)
        {
            Activate();
        }
    }

    public void Ready(uint events)
    {
        if ((events & EpollCalls.Out) != 0)
        {
            FlushQueue();
        }

        if (!IsOpen)
        {
            return;
        }

        if (AutoRead)
        {
            Guarded(static channel => ((EpollChannel)channel).ReceiveAvailable());
        }
        else if ((events & (EpollCalls.Error | EpollCalls.HangUp)) != 0)
        {
            // Not reading, it would not learn of the end, and the poll would tell it for ever.
            FailWith("poll", SocketDescriptor.TakeError(_socket));
        }
        else
        {
            SetInterest(Wanted);
        }
    }

    public void Abandon() => Close();

    protected override void Send(IPayload payload)
    {
        if (payload.Length == 0)
        {
            payload.Release();
            return;
        }

        if (payload is FileRegion { File: not PosixFile } region)
        {
            payload = ReadRegion(region);
        }

        _pending.Add(payload);
        QueueChanged(payload.Length);
    }

    protected override void FlushQueue()
    {
        if (_flushing)
        {
            return;
        }

        _flushing = true;
        long sent;
        do
        {
            sent = SendPending();
            if (IsOpen)
            {
                QueueChanged(-sent);
            }
        }
        while (sent > 0 && IsOpen && !_sendBlocked && _pending.Count > 0);
        _flushing = false;
        UpdateInterest();
    }

    protected override void CloseTransport()
    {
        _loop.Unregister(_socket, _token);
        SocketDescriptor.Close(_socket);
        _pending.Clear();
        QueueChanged(-QueuedBytes);
        _closed?.Invoke();
    }

    protected override void ReadingChanged() => UpdateInterest();

    protected override void Unhandled(Exception exception)
    {
        if (exception is ConnectionResetException)
        {
            _logger.ConnectionLost(this, exception.Message);
        }
        else
        {
            _logger.ConnectionFailed(this, exception);
        }

        Close();
    }

    private static PooledPayload ReadRegion(FileRegion region)
    {
        var payload = new PooledPayload(region.Length);
        region.File.Read(payload.Span, region.Position);
        region.Release();
        return payload;
    }

    private uint Wanted => (AutoRead ? EpollCalls.In : 0) | (_sendBlocked ? EpollCalls.Out : 0);

    // What is polled for in vain is struck off when it arrives: most pauses of reading end before the peer sends again.
    private void UpdateInterest()
    {
        var wanted = Wanted;
        if ((wanted & ~_interest) != 0 || (_interest & ~wanted & EpollCalls.Out) != 0)
        {
            SetInterest(wanted);
        }
    }

    private void SetInterest(uint interest)
    {
        if (IsOpen && interest != _interest)
        {
            _interest = interest;
            _loop.Modify(_socket, interest, _token);
        }
    }

    private void ReceiveAvailable()
    {
        var received = false;
        var drained = false;
        for (var i = 0; i < ReceivesPerTurnMax && !drained && IsOpen && AutoRead; i++)
        {
            var lent = Pipeline.LendBuffer();
            var room = lent.Length + EpollEventLoop.ReceiveBufferBytes;
            var count = lent.IsEmpty ? Receive() : ReceiveInto(lent.Span);
            if (count > 0)
            {
                received = true;
                drained = count < room;
                HandUp(lent.Length, (int)count);
            }
            else if (count == 0)
            {
                CompleteRead(received);
                PeerFinished();
                return;
            }
            else
            {
                drained = CheckReceive(Marshal.GetLastPInvokeError());
            }
        }

        CompleteRead(received);
    }

    private void CompleteRead(bool received)
    {
        if (received && IsOpen)
        {
            Pipeline.FireReadComplete();
        }
    }

    private void HandUp(int lent, int count)
    {
        if (lent > 0)
        {
            Pipeline.FireBufferFilled(Math.Min(lent, count));
            count -= lent;
        }

        if (count > 0 && IsOpen)
        {
            Pipeline.FireRead(_loop.ReceiveBuffer.AsMemory(0, count));
        }
    }

    private nint Receive()
    {
        fixed (byte* shared = _loop.ReceiveBuffer)
        {
            return SocketCalls.Receive(_socket, shared, EpollEventLoop.ReceiveBufferBytes, 0);
        }
    }

    private nint ReceiveInto(Span<byte> lent)
    {
        fixed (byte* first = lent, shared = _loop.ReceiveBuffer)
        {
            var segments = stackalloc IoSegment[]
            {
                new() { Start = first, Length = (nuint)lent.Length },
                new() { Start = shared, Length = EpollEventLoop.ReceiveBufferBytes },
            };
            return SocketCalls.ReceiveScattered(_socket, segments, 2);
        }
    }

    /// <returns>True when there is nothing more to receive now.</returns>
    private bool CheckReceive(int errno)
    {
        if (errno == Errno.Interrupted)
        {
            return false;
        }

        if (errno != Errno.Again)
        {
            FailWith("recv", errno);
        }

        return true;
    }

    /// <summary>Sends until the socket takes no more or a turn's worth is sent; returns the bytes sent.</summary>
    private long SendPending()
    {
        var total = 0L;
        _sendBlocked = false;
        while (_pending.Count > 0 && IsOpen)
        {
            if (total >= SendPerTurnMax)
            {
                _sendBlocked = true;
                break;
            }

            var sent = _pending[0] is FileRegion region ? SendRegion(region) : SendMemory();
            if (sent > 0)
            {
                _pending.Advance(sent);
                total += sent;
            }
            else if (!CheckSend(sent))
            {
                break;
            }
        }

        return total;
    }

    private nint SendMemory()
    {
        var first = _pending[0].InMemory().Span[_pending.FirstSent..];
        if (_pending.Count == 1 || first.Length >= CopiedMax || _pending[1] is FileRegion)
        {
            return SendBytes(first, _pending.Count > 1);
        }

        var buffer = _loop.SendBuffer.AsSpan();
        first.CopyTo(buffer);
        var filled = first.Length;
        var taken = 1;
        while (taken < _pending.Count && _pending[taken] is not FileRegion and var next && next.Length <= buffer.Length - filled)
        {
            next.InMemory().Span.CopyTo(buffer[filled..]);
            filled += next.Length;
            taken++;
        }

        return SendBytes(buffer[..filled], taken < _pending.Count);
    }

    private nint SendBytes(ReadOnlySpan<byte> bytes, bool more)
    {
        fixed (byte* start = bytes)
        {
            return SocketCalls.Send(_socket, start, (nuint)bytes.Length, SocketCalls.NoSignal | (more ? SocketCalls.More : 0));
        }
    }

    private nint SendRegion(FileRegion region)
    {
        var position = region.Position + _pending.FirstSent;
        return SocketCalls.SendFile(
            _socket, ((PosixFile)region.File).Descriptor, &position, (nuint)(region.Length - _pending.FirstSent));
    }

    /// <returns>True to try again.</returns>
    private bool CheckSend(nint result)
    {
        var region = _pending[0] as FileRegion;
        var errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        switch (errno)
        {
            case Errno.Again:
                _sendBlocked = true;
                return false;
            case Errno.Interrupted:
                return true;
            case 0 when region is not null:
                Fail(new StorageException("sendfile", region.File.Path, 0, "the file ends before the region does"));
                return false;
            case Errno.Io when region is not null:
                Fail(new StorageException("sendfile", region.File.Path, errno, Errno.Describe(errno)));
                return false;
            default:
                FailWith("send", errno);
                return false;
        }
    }

    private void FailWith(string call, int errno) =>
        Fail(new ConnectionResetException(errno == 0 ? $"{call}: connection closed by the peer" : $"{call}: {Errno.Describe(errno)}"));
}
