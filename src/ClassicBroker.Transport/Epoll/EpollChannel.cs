using System.Net;
using System.Runtime.InteropServices;
using ClassicBroker.Platform;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>
/// A TCP connection on an <see cref="EpollEventLoop"/>. Reads into the loop's memory, or into what a decoder lends with the loop's behind
/// it, so that one call takes the end of one frame and the beginning of the next. Small messages are put together for one send, large
/// ones sent from where they are, file regions by sendfile. Threading: its loop only.
/// </summary>
internal sealed unsafe class EpollChannel : TcpChannel, IPollable
{
    /// <summary>Bytes sent per turn, so that one busy connection does not starve the others of its loop.</summary>
    private const long SendPerTurnMax = 8 * 1024 * 1024;

    private readonly EpollEventLoop _loop;
    private readonly int _socket;
    private readonly Action? _closed;
    private ulong _token;
    private uint _interest;
    private bool _sendBlocked;
    private bool _registered;

    /// <param name="id">Unique among the channels of the transport.</param>
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
        : base(id, loop.Netty, options, local, remote, logger)
    {
        _loop = loop;
        _socket = socket;
        _closed = closed;
    }

    private uint Wanted => (WantsRead ? EpollCalls.In : 0) | (_sendBlocked ? EpollCalls.Out : 0);

    public void Ready(uint events)
    {
        BeginTurn();
        try
        {
            Serve(events);
        }
        finally
        {
            EndTurn();
        }
    }

    public void Abandon() => Close();

    protected override void DoRegister()
    {
        _registered = true;
        _interest = EpollCalls.In;
        _token = _loop.Register(_socket, this, _interest);
    }

    protected override void DoWrite(ChannelOutboundBuffer input)
    {
        BeginTurn();
        try
        {
            long sent;
            do
            {
                sent = SendPending(input);
                if (sent > 0)
                {
                    Sent();
                }
            }
            while (sent > 0 && Open && !_sendBlocked && !input.IsEmpty);
            UpdateInterest();
        }
        finally
        {
            EndTurn();
        }
    }

    protected override object FilterOutboundMessage(object msg) =>
        msg is RegionMessage { Region.File: not PosixFile } region ? ReadRegion(region) : base.FilterOutboundMessage(msg);

    protected override void CloseTransport()
    {
        if (_registered)
        {
            _loop.Unregister(_socket, _token);
        }

        SocketDescriptor.Close(_socket);
        _closed?.Invoke();
    }

    protected override void ReadingChanged() => UpdateInterest();

    private void Serve(uint events)
    {
        if ((events & EpollCalls.Out) != 0)
        {
            FlushPending();
        }

        if (!Open)
        {
            return;
        }

        if (WantsRead)
        {
            ReceiveAvailable();
        }
        else if ((events & (EpollCalls.Error | EpollCalls.HangUp)) != 0)
        {
            // Not reading, it would not learn of the end, and the poll would tell it at every call.
            FailWith("poll", SocketDescriptor.TakeError(_socket));
        }
        else
        {
            SetInterest(Wanted);
        }
    }

    // An interest without use is removed when its event arrives: most pauses of reading end before the peer sends again.
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
        if (Open && interest != _interest)
        {
            _interest = interest;
            _loop.Modify(_socket, interest, _token);
        }
    }

    private void ReceiveAvailable()
    {
        var received = false;
        var drained = false;
        for (var i = 0; i < ReceivesPerTurnMax && !drained && Open && WantsRead; i++)
        {
            var lent = 0;
            var buffer = IsTransformed ? null : Lender?.Lend(out lent);
            var room = _loop.Receiving.Room();
            var count = buffer is null ? Receive(room) : ReceiveInto(buffer.Array.AsSpan(buffer.WriterIndex, lent), room);
            if (count > 0)
            {
                received = true;
                drained = count < lent + room.Length;
                Touch();
                HandUp(buffer, lent, (int)count);
            }
            else if (count == 0)
            {
                CompleteRead(received);
                PeerFinished();
                ProbeIfOpen();
                return;
            }
            else
            {
                drained = CheckReceive(Marshal.GetLastPInvokeError());
            }
        }

        CompleteRead(received);
    }

    // A peer that only finished sending looks like one that is gone; answering probes tells them apart while it waits for answers.
    private void ProbeIfOpen()
    {
        if (Open)
        {
            SocketDescriptor.ProbePeer(_socket);
        }
    }

    private void HandUp(IByteBuffer? buffer, int lent, int count)
    {
        if (buffer is not null)
        {
            buffer.SetWriterIndex(buffer.WriterIndex + Math.Min(lent, count));
            Pipeline.FireChannelRead(buffer);
            count -= lent;
        }

        if (count > 0 && Open)
        {
            _loop.Receiving.HandUp(Pipeline, count);
        }
    }

    private nint Receive(Span<byte> room)
    {
        fixed (byte* shared = room)
        {
            return SocketCalls.Receive(_socket, shared, (nuint)room.Length, 0);
        }
    }

    private nint ReceiveInto(Span<byte> lent, Span<byte> room)
    {
        fixed (byte* first = lent, shared = room)
        {
            var segments = stackalloc IoSegment[]
            {
                new() { Start = first, Length = (nuint)lent.Length },
                new() { Start = shared, Length = (nuint)room.Length },
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
    private long SendPending(ChannelOutboundBuffer queue)
    {
        var total = 0L;
        _sendBlocked = false;
        while (Open && queue.Current is { } message)
        {
            if (total >= SendPerTurnMax)
            {
                _sendBlocked = true;
                break;
            }

            if (OutboundSize.Instance.Size(message) == 0)
            {
                queue.Remove();
                continue;
            }

            var region = message as RegionMessage;
            var sent = region is null ? SendMemory(queue, (IByteBuffer)message) : SendRegion(region);
            if (sent > 0)
            {
                total += sent;
                Advance(queue, region, sent);
            }
            else if (!CheckSend(region, sent))
            {
                break;
            }
        }

        return total;
    }

    private static void Advance(ChannelOutboundBuffer queue, RegionMessage? region, nint sent)
    {
        if (region is null)
        {
            queue.RemoveBytes(sent);
            return;
        }

        region.Advance(sent);
        if (region.Left == 0)
        {
            queue.Remove();
        }
    }

    private nint SendMemory(ChannelOutboundBuffer queue, IByteBuffer first)
    {
        var bytes = Gather(queue, first, _loop.SendBuffer, out var leavesMore);
        return SendBytes(bytes, leavesMore);
    }

    private nint SendBytes(ReadOnlySpan<byte> bytes, bool more)
    {
        fixed (byte* start = bytes)
        {
            return SocketCalls.Send(_socket, start, (nuint)bytes.Length, SocketCalls.NoSignal | (more ? SocketCalls.More : 0));
        }
    }

    private nint SendRegion(RegionMessage region)
    {
        var position = region.Position + region.Transferred;
        return SocketCalls.SendFile(_socket, ((PosixFile)region.Region.File).Descriptor, &position, (nuint)region.Left);
    }

    /// <returns>True to try again.</returns>
    private bool CheckSend(RegionMessage? region, nint result)
    {
        var errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        switch (errno)
        {
            case Errno.Again:
                _sendBlocked = true;
                return false;
            case Errno.Interrupted:
                return true;
            case 0 when region is not null:
                Fail(new StorageException("sendfile", region.Region.File.Path, 0, "the file ends before the region does"));
                return false;
            case Errno.Io when region is not null:
                Fail(new StorageException("sendfile", region.Region.File.Path, errno, Errno.Describe(errno)));
                return false;
            default:
                FailWith("send", errno);
                return false;
        }
    }

    private void FailWith(string call, int errno) =>
        Fail(new ConnectionResetException(errno == 0 ? $"{call}: connection closed by the peer" : $"{call}: {Errno.Describe(errno)}"));
}
