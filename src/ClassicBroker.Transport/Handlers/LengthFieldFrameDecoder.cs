using System.Buffers;
using System.Buffers.Binary;

namespace ClassicBroker.Transport;

/// <summary>
/// Cuts the stream into frames and hands up each without its length:
/// <code>
/// length  int32  big-endian, bytes that follow
/// frame   length bytes
/// </code>
/// A frame that lies whole in what was received is handed up in place. Of a frame that does not, the part received is kept in a pooled
/// array that grows with the bytes received, never with the bytes announced; the rest is received straight into it. Between frames
/// nothing is held. Threading: its channel's loop.
/// </summary>
public sealed class LengthFieldFrameDecoder(int frameLengthMax) : ChannelHandler
{
    private const int LengthFieldSize = 4;
    private const int FirstCapacity = 16 * 1024;

    /// <summary>How much a connection that has sent frames this large before may have reserved on the strength of its word.</summary>
    private const int CreditMax = 1024 * 1024;

    private byte[]? _partial;
    private int _partialLength;
    private int _lengthField;
    private int _lengthFieldBytes;
    private int _credit;
    private byte[]? _kept;
    private int _keptLength;
    private bool _removed;

    /// <summary>Longer frames end the connection. Raised once a peer is authenticated.</summary>
    public int FrameLengthMax { get; set; } = frameLengthMax;

    private bool InFrame => _lengthFieldBytes == LengthFieldSize;

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        if (_kept is not null || !context.Channel.AutoRead)
        {
            Keep(bytes.Span);
            return;
        }

        Decode(context, bytes);
    }

    public override Memory<byte> LendBuffer(ChannelHandlerContext context)
    {
        if (_partial is null || _kept is not null)
        {
            return default;
        }

        if (_partialLength == _partial.Length)
        {
            Grow(_partialLength);
        }

        return _partial.AsMemory(_partialLength, Math.Min(_partial.Length, _lengthField) - _partialLength);
    }

    public override void BufferFilled(ChannelHandlerContext context, int count)
    {
        _partialLength += count;
        if (_partialLength == _lengthField)
        {
            DeliverPartial(context);
        }
    }

    public override void ReadResumed(ChannelHandlerContext context)
    {
        if (_kept is { } kept)
        {
            _kept = null;
            try
            {
                Decode(context, kept.AsMemory(0, _keptLength));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(kept);
            }

            context.FireReadComplete();
        }

        context.FireReadResumed();
    }

    public override void Removed(ChannelHandlerContext context)
    {
        Return(ref _partial);
        Return(ref _kept);
        _removed = true;
    }

    private static void Return(ref byte[]? array)
    {
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = null;
        }
    }

    private void Decode(ChannelHandlerContext context, Memory<byte> bytes)
    {
        while (bytes.Length > 0 && context.Channel.IsOpen)
        {
            if (!context.Channel.AutoRead)
            {
                Keep(bytes.Span);
                return;
            }

            bytes = InFrame ? TakeFrame(context, bytes) : TakeLength(context, bytes);
        }
    }

    /// <summary>Reads the length field, which may come in pieces, and returns what follows it.</summary>
    private Memory<byte> TakeLength(ChannelHandlerContext context, Memory<byte> bytes)
    {
        if (_lengthFieldBytes == 0 && bytes.Length >= LengthFieldSize)
        {
            _lengthField = BinaryPrimitives.ReadInt32BigEndian(bytes.Span);
            bytes = bytes[LengthFieldSize..];
        }
        else
        {
            var span = bytes.Span;
            var taken = 0;
            while (_lengthFieldBytes < LengthFieldSize && taken < span.Length)
            {
                _lengthField = (_lengthField << 8) | span[taken++];
                _lengthFieldBytes++;
            }

            bytes = bytes[taken..];
            if (_lengthFieldBytes < LengthFieldSize)
            {
                return bytes;
            }
        }

        _lengthFieldBytes = LengthFieldSize;
        if ((uint)_lengthField > (uint)FrameLengthMax)
        {
            throw new InvalidReceiveException(_lengthField, FrameLengthMax);
        }

        if (_lengthField == 0)
        {
            Deliver(context, default);
        }

        return bytes;
    }

    private Memory<byte> TakeFrame(ChannelHandlerContext context, Memory<byte> bytes)
    {
        if (_partial is null && bytes.Length >= _lengthField)
        {
            var length = _lengthField;
            Deliver(context, bytes[..length]);
            return bytes[length..];
        }

        var taken = Math.Min(bytes.Length, _lengthField - _partialLength);
        if (_partial is null || _partial.Length < _partialLength + taken)
        {
            Grow(_partialLength + taken);
        }

        bytes.Span[..taken].CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += taken;
        if (_partialLength == _lengthField)
        {
            DeliverPartial(context);
        }

        return bytes[taken..];
    }

    private void DeliverPartial(ChannelHandlerContext context)
    {
        var array = _partial!;
        _partial = null;
        _partialLength = 0;
        _credit = Math.Max(_credit, Math.Min(_lengthField, CreditMax));
        try
        {
            Deliver(context, array.AsMemory(0, _lengthField));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void Deliver(ChannelHandlerContext context, Memory<byte> frame)
    {
        _lengthField = 0;
        _lengthFieldBytes = 0;
        context.FireRead(frame);
    }

    /// <summary>Makes the partial frame's array twice what has been received, or what the peer's credit covers, up to the frame.</summary>
    private void Grow(int received)
    {
        var capacity = Math.Min(_lengthField, Math.Max(Math.Max(FirstCapacity, _credit), (int)Math.Min(2L * received, int.MaxValue)));
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        if (_partial is { } old)
        {
            old.AsSpan(0, _partialLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(old);
        }

        _partial = larger;
    }

    /// <summary>While reading is off, whole frames that came in the same piece wait here.</summary>
    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_removed)
        {
            return;
        }

        var needed = (_kept is null ? 0 : _keptLength) + bytes.Length;
        if (_kept is null)
        {
            _kept = ArrayPool<byte>.Shared.Rent(needed);
            _keptLength = 0;
        }
        else if (_kept.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _keptLength));
            _kept.AsSpan(0, _keptLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_kept);
            _kept = larger;
        }

        bytes.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength = needed;
    }
}
