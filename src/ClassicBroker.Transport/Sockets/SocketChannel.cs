using System.Net;
using System.Net.Sockets;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>
/// A TCP connection over the platform's sockets. It waits with a receive of no bytes, so that a silent connection holds no buffer, and then
/// takes what is there into the loop's memory, or into what a decoder lends. It sends at once what the system takes; the rest goes as one
/// send that the system ends when it can. Threading: its loop only; completions come through the loop's queue while the channel is open.
/// </summary>
internal sealed class SocketChannel : TcpChannel
{
    private readonly SocketEventLoop _loop;
    private readonly Socket _socket;
    private readonly SocketAsyncEventArgs _arrival = new();
    private readonly SocketAsyncEventArgs _sending = new();
    private readonly Action _arrived;
    private readonly Action _sent;
    private byte[]? _blocked;
    private bool _awaitsArrival;
    private bool _awaitsSent;

    /// <summary>The open channel and each completion on its way; the last to go disposes of the socket.</summary>
    private int _holders = 1;

    public SocketChannel(
        long id, SocketEventLoop loop, ChannelOptions options, Socket socket, IPEndPoint local, IPEndPoint remote, ILogger logger)
        : base(id, loop.Netty, options, local, remote, logger)
    {
        (_loop, _socket) = (loop, socket);
        (_arrived, _sent) = (Arrived, SentBlocked);
        _arrival.Completed += (_, _) => Completed(_arrived);
        _sending.Completed += (_, _) => Completed(_sent);
    }

    protected override void DoRegister() => _loop.Add(this);

    protected override void DoWrite(ChannelOutboundBuffer input)
    {
        BeginTurn();
        try
        {
            while (Open && !_awaitsSent && input.Current is { } message)
            {
                if (OutboundSize.Instance.Size(message) == 0)
                {
                    input.Remove();
                    continue;
                }

                SendOnce(input, (IByteBuffer)message);
            }
        }
        finally
        {
            EndTurn();
        }
    }

    protected override object FilterOutboundMessage(object msg) =>
        msg is RegionMessage region ? ReadRegion(region) : base.FilterOutboundMessage(msg);

    protected override void CloseTransport()
    {
        _loop.Remove(this);
        try
        {
            // What waits ends by this, and its completion finds the channel closed. Disposed of before that, the socket would be reset, and
            // what the system has not sent yet would be lost.
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The connection is gone already.
        }

        if (OperatingSystem.IsWindows())
        {
            // There a shutdown ends no receive, and disposing sends what is left.
            _socket.Dispose();
        }

        Drop();
    }

    protected override void ReadingChanged()
    {
        if (WantsRead)
        {
            AwaitArrival();
        }
    }

    // ------------------------------------------------------------------------------------------------------------ receive

    private void AwaitArrival()
    {
        if (Open && !_awaitsArrival)
        {
            _awaitsArrival = true;
            Interlocked.Increment(ref _holders);
            _arrival.SetBuffer([], 0, 0);
            if (!_socket.ReceiveAsync(_arrival))
            {
                // Through the queue, so that other work of the loop gets its turn.
                _loop.Execute(_arrived);
            }
        }
    }

    private void Arrived()
    {
        _awaitsArrival = false;
        Drop();
        if (!Open)
        {
            return;
        }

        if (_arrival.SocketError != SocketError.Success)
        {
            FailWith("recv", _arrival.SocketError);
            return;
        }

        BeginTurn();
        try
        {
            Guarded(static channel => ((SocketChannel)channel).ReceiveAvailable());
        }
        finally
        {
            EndTurn();
        }
    }

    private void ReceiveAvailable()
    {
        var received = false;
        for (var i = 0; i < ReceivesPerTurnMax && Open && WantsRead; i++)
        {
            var lent = 0;
            var buffer = IsTransformed ? null : Lender?.Lend(out lent);
            var room = buffer is null ? _loop.Receiving.Room() : buffer.Array.AsSpan(buffer.WriterIndex, lent);
            var size = room.Length;
            var count = _socket.Receive(room, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.Interrupted)
            {
                break;
            }

            if (error != SocketError.Success)
            {
                FailWith("recv", error);
                return;
            }

            if (count == 0)
            {
                CompleteRead(received);
                PeerFinished();
                return;
            }

            received = true;
            Touch();
            HandUp(buffer, count);
            if (count < size && buffer is null)
            {
                break;
            }
        }

        CompleteRead(received);
        if (WantsRead)
        {
            AwaitArrival();
        }
    }

    private void HandUp(IByteBuffer? buffer, int count)
    {
        if (buffer is null)
        {
            _loop.Receiving.HandUp(Pipeline, count);
            return;
        }

        buffer.SetWriterIndex(buffer.WriterIndex + count);
        Pipeline.FireChannelRead(buffer);
    }

    // --------------------------------------------------------------------------------------------------------------- send

    private void SendOnce(ChannelOutboundBuffer queue, IByteBuffer first)
    {
        var bytes = Gather(queue, first, _loop.SendBuffer, out _);
        var count = _socket.Send(bytes, SocketFlags.None, out var error);
        switch (error)
        {
            case SocketError.Success:
                queue.RemoveBytes(count);
                Sent();
                break;
            case SocketError.WouldBlock:
                SendWhenPossible(bytes);
                break;
            case SocketError.Interrupted:
                break;
            default:
                FailWith("send", error);
                break;
        }
    }

    /// <summary>The system takes no more now: a copy of what comes next goes when it does, and the queue waits for that.</summary>
    private void SendWhenPossible(ReadOnlySpan<byte> bytes)
    {
        _blocked ??= new byte[SocketEventLoop.SendBufferBytes];
        var count = Math.Min(bytes.Length, _blocked.Length);
        bytes[..count].CopyTo(_blocked);
        _sending.SetBuffer(_blocked, 0, count);
        _awaitsSent = true;
        Interlocked.Increment(ref _holders);
        if (!_socket.SendAsync(_sending))
        {
            _loop.Execute(_sent);
        }
    }

    private void SentBlocked()
    {
        _awaitsSent = false;
        Drop();
        if (!Open)
        {
            return;
        }

        if (_sending.SocketError != SocketError.Success)
        {
            FailWith("send", _sending.SocketError);
            return;
        }

        Unsafe.OutboundBuffer.RemoveBytes(_sending.BytesTransferred);
        BeginTurn();
        try
        {
            Sent();
            if (Open)
            {
                FlushPending();
            }
        }
        finally
        {
            EndTurn();
        }
    }

    private void FailWith(string call, SocketError error) =>
        Fail(new ConnectionResetException($"{call}: {new SocketException((int)error).Message}"));

    /// <summary>A completion, on a thread of the system. The loop of a closed channel may have ended.</summary>
    private void Completed(Action work)
    {
        if (Open)
        {
            _loop.Execute(work);
        }
        else
        {
            Drop();
        }
    }

    private void Drop()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _socket.Dispose();
            _arrival.Dispose();
            _sending.Dispose();
        }
    }
}
