using System.Buffers.Binary;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// Cuts the stream into frames and lends each up the pipeline without its length:
/// <code>
/// length  int32  big-endian, bytes that follow
/// frame   length bytes
/// </code>
/// A frame that lies whole in what was received is lent in place. Of a frame that does not, the part received is kept in a pooled
/// array that grows with the bytes received, never with the bytes announced; the rest is received straight into it. A frame is the
/// decoder's again after the read, unless a handler retained it. Between frames nothing is held. Threading: its channel's loop.
/// </summary>
public sealed class LengthFieldFrameDecoder(int frameLengthMax) : TransportHandler, IReceiveLender
{
    /// <summary>What a frame that has begun takes first, however little of it has come.</summary>
    public const int FirstCapacity = 16 * 1024;

    private const int LengthFieldSize = 4;

    /// <summary>How much a connection that has sent frames this large before may have reserved on the strength of its word.</summary>
    private const int CreditMax = 1024 * 1024;

    private PooledArrayBuffer? _partial;
    private LentBuffer? _frame;
    private int _lengthField;
    private int _lengthFieldBytes;
    private int _credit;
    private PooledArrayBuffer? _kept;
    private PooledArrayBuffer? _spare;
    private bool _resumeScheduled;
    private bool _removed;

    /// <summary>Told of the memory of a frame that has come in part; null for no one.</summary>
    public IFrameMemory? Memory { get; init; }

    /// <summary>Longer frames end the connection. Raised once a peer is authenticated.</summary>
    public int FrameLengthMax { get; set; } = frameLengthMax;

    private bool InFrame => _lengthFieldBytes == LengthFieldSize;

    public override void HandlerAdded(IChannelHandlerContext context) => context.Transport().Lender = this;

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        if (ReferenceEquals(message, _partial))
        {
            if (_partial!.WriterIndex == _lengthField)
            {
                DeliverPartial(context);
            }

            return;
        }

        var bytes = (IByteBuffer)message;
        if (_kept is not null || !context.Transport().AutoRead)
        {
            Keep(context, bytes);
            return;
        }

        Decode(context, bytes);
    }

    /// <summary>Reading goes on: frames kept meanwhile come first, in a turn of their own.</summary>
    public override void Read(IChannelHandlerContext context)
    {
        if (_kept is null)
        {
            context.Read();
        }
        else if (!_resumeScheduled)
        {
            ScheduleResume(context);
        }
    }

    public override void HandlerRemoved(IChannelHandlerContext context)
    {
        if (context.Transport().Lender == this)
        {
            context.Transport().Lender = null;
        }

        if (_partial is not null)
        {
            _partial.Release();
            _partial = null;
            Memory?.Released();
        }

        _kept?.Release();
        _kept = null;
        _removed = true;
    }

    IByteBuffer? IReceiveLender.Lend(out int room)
    {
        if (_partial is null || _kept is not null)
        {
            room = 0;
            return null;
        }

        if (_partial.WriterIndex == _partial.Capacity)
        {
            Grow(_partial, _partial.WriterIndex);
        }

        room = Math.Min(_partial.Capacity, _lengthField) - _partial.WriterIndex;
        return _partial;
    }

    private void Decode(IChannelHandlerContext context, IByteBuffer bytes)
    {
        while (bytes.IsReadable() && context.Channel.Open)
        {
            if (!context.Transport().AutoRead)
            {
                Keep(context, bytes);
                return;
            }

            if (InFrame)
            {
                TakeFrame(context, bytes);
            }
            else
            {
                TakeLength(context, bytes);
            }
        }
    }

    // Apart from Read, which is called for every read: what its closure captures would be allocated each time.
    private void ScheduleResume(IChannelHandlerContext context)
    {
        _resumeScheduled = true;
        context.Transport().Execute(() => Resume(context));
    }

    private void Resume(IChannelHandlerContext context)
    {
        _resumeScheduled = false;
        if (_kept is not { } kept || !context.Transport().AutoRead || !context.Channel.Open)
        {
            return;
        }

        _kept = null;
        try
        {
            Decode(context, kept);
        }
        finally
        {
            kept.Release();
        }

        context.FireChannelReadComplete();
        if (context.Transport().AutoRead)
        {
            Read(context);
        }
    }

    /// <summary>Reads the length field, which may come in pieces.</summary>
    private void TakeLength(IChannelHandlerContext context, IByteBuffer bytes)
    {
        var span = bytes.ReadableSpan();
        if (_lengthFieldBytes == 0 && span.Length >= LengthFieldSize)
        {
            _lengthField = BinaryPrimitives.ReadInt32BigEndian(span);
            bytes.SkipBytes(LengthFieldSize);
        }
        else
        {
            var taken = 0;
            while (_lengthFieldBytes < LengthFieldSize && taken < span.Length)
            {
                _lengthField = (_lengthField << 8) | span[taken++];
                _lengthFieldBytes++;
            }

            bytes.SkipBytes(taken);
            if (_lengthFieldBytes < LengthFieldSize)
            {
                return;
            }
        }

        _lengthFieldBytes = LengthFieldSize;
        if ((uint)_lengthField > (uint)FrameLengthMax)
        {
            throw new InvalidReceiveException(_lengthField, FrameLengthMax);
        }

        if (_lengthField == 0)
        {
            DeliverInPlace(context, bytes);
        }
    }

    private void TakeFrame(IChannelHandlerContext context, IByteBuffer bytes)
    {
        if (_partial is null && bytes.ReadableBytes >= _lengthField)
        {
            DeliverInPlace(context, bytes);
            return;
        }

        var partial = _partial ??= RentPartial(context);
        var taken = Math.Min(bytes.ReadableBytes, _lengthField - partial.WriterIndex);
        if (partial.Capacity < partial.WriterIndex + taken)
        {
            Grow(partial, partial.WriterIndex + taken);
        }

        bytes.ReadableSpan()[..taken].CopyTo(partial.Array.AsSpan(partial.WriterIndex));
        partial.SetWriterIndex(partial.WriterIndex + taken);
        bytes.SkipBytes(taken);
        if (partial.WriterIndex == _lengthField)
        {
            DeliverPartial(context);
        }
    }

    /// <summary>Lends the next frame of what was received and takes it back.</summary>
    private void DeliverInPlace(IChannelHandlerContext context, IByteBuffer bytes)
    {
        var frame = _frame ??= new(context.Allocator);
        frame.Lend(bytes, bytes.ReaderIndex, _lengthField);
        bytes.SkipBytes(_lengthField);
        _lengthField = 0;
        _lengthFieldBytes = 0;
        context.FireChannelRead(frame);
        frame.Release();
        if (!frame.IsFree)
        {
            _frame = null;
        }
    }

    private void DeliverPartial(IChannelHandlerContext context)
    {
        var frame = _partial!;
        _partial = null;
        _credit = Math.Max(_credit, Math.Min(_lengthField, CreditMax));
        _lengthField = 0;
        _lengthFieldBytes = 0;
        context.FireChannelRead(frame);
        if (frame.Release())
        {
            _spare = frame;
        }

        Memory?.Released();
    }

    private PooledArrayBuffer RentPartial(IChannelHandlerContext context)
    {
        var capacity = Math.Min(_lengthField, Math.Max(FirstCapacity, _credit));
        var partial = _spare;
        _spare = null;
        if (partial is null)
        {
            partial = context.Transport().Home.Allocator.Rent(capacity);
        }
        else
        {
            partial.Rearm(capacity);
        }

        Memory?.Held(partial.Capacity);
        return partial;
    }

    /// <summary>Makes the partial frame's array twice what has been received, or what the peer's credit covers, up to the frame.</summary>
    private void Grow(PooledArrayBuffer partial, int received)
    {
        var before = partial.Capacity;
        partial.AdjustCapacity(
            Math.Min(_lengthField, Math.Max(Math.Max(FirstCapacity, _credit), (int)Math.Min(2L * received, int.MaxValue))));
        Memory?.Held(partial.Capacity - before);
    }

    /// <summary>While reading is off, whole frames that came in the same piece wait here.</summary>
    private void Keep(IChannelHandlerContext context, IByteBuffer bytes)
    {
        if (_removed)
        {
            return;
        }

        _kept ??= context.Transport().Home.Allocator.Rent(bytes.ReadableBytes);
        _kept.WriteBytes(bytes);
    }
}
