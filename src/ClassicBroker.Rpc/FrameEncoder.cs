using System.Buffers;
using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Transport;
using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// Writes messages as frames into a channel. Small frames share a pooled buffer until the flush; external records go between buffers
/// uncopied, so that a fetch leaves as bytes, file region, bytes. Between bursts nothing is held. Threading: the channel's loop.
/// </summary>
internal sealed class FrameEncoder(TransportChannel channel)
{
    public const int LengthFieldSize = 4;

    private const int BufferSize = 8 * 1024;

    private readonly PayloadSplices _splices = new();
    private IByteBuffer? _buffer;
    private int _used;

    /// <summary>Bytes appended that the channel does not have yet.</summary>
    public int BufferedBytes => _used;

    /// <summary>Encodes one frame and returns its length; it leaves with the next flush at the latest.</summary>
    /// <exception cref="UnsupportedVersionException">The version cannot carry the message; nothing was written.</exception>
    public int Append(IMessage header, short headerVersion, IMessage body, short version)
    {
        var size = LengthFieldSize + header.Size(headerVersion) + body.Size(version);
        Reserve(size, BufferSize);
        _splices.Clear();
        var room = _buffer!.Array.AsSpan(_buffer.ArrayOffset + _used, size);
        var writer = new ProtocolWriter(room, _splices);
        writer.WriteInt32(0);
        header.Write(ref writer, headerVersion);
        body.Write(ref writer, version);
        Invariant.Require(writer.Position == size);
        var length = checked((int)(size - LengthFieldSize + _splices.TotalLength));
        BinaryPrimitives.WriteInt32BigEndian(room, length);
        if (_splices.Count == 0)
        {
            _used += size;
        }
        else
        {
            WriteSpliced(room);
        }

        return length;
    }

    /// <summary>Encodes a frame of these bytes and nothing else, and returns its length.</summary>
    public int AppendBare(ReadOnlySpan<byte> content)
    {
        var size = LengthFieldSize + content.Length;
        Reserve(size, BufferSize);
        var room = _buffer!.Array.AsSpan(_buffer.ArrayOffset + _used, size);
        BinaryPrimitives.WriteInt32BigEndian(room, content.Length);
        content.CopyTo(room[LengthFieldSize..]);
        _used += size;
        return content.Length;
    }

    /// <summary>Hands everything appended to the channel and has it sent.</summary>
    public void Flush()
    {
        WriteOut();
        channel.Flush();
    }

    /// <summary>Gives back what is buffered, unsent.</summary>
    public void Discard()
    {
        _buffer?.Release();
        _buffer = null;
        _used = 0;
    }

    /// <summary>Gives back the external records of a message that will not be sent.</summary>
    public static void Release(IMessage body, short version)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(body.Size(version));
        var splices = new PayloadSplices();
        var writer = new ProtocolWriter(scratch, splices);
        body.Write(ref writer, version);
        for (var i = 0; i < splices.Count; i++)
        {
            splices[i].Payload.Release();
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }

    private void Reserve(int size, int capacity)
    {
        if (_buffer is not null && _buffer.Capacity - _used >= size)
        {
            return;
        }

        WriteOut();
        _buffer = channel.Allocator.Buffer(Math.Max(size, capacity));
    }

    private void WriteOut()
    {
        if (_buffer is not { } full)
        {
            return;
        }

        _buffer = null;
        full.SetWriterIndex(_used);
        _used = 0;
        channel.Send(full);
    }

    // The bytes behind the first splice move aside before the buffer leaves with the channel.
    private void WriteSpliced(Span<byte> frame)
    {
        var first = _splices[0].Position;
        var tail = frame[first..];
        var scratch = ArrayPool<byte>.Shared.Rent(Math.Max(tail.Length, 1));
        tail.CopyTo(scratch);
        var end = frame.Length;
        _used += first;
        for (var i = 0; i < _splices.Count; i++)
        {
            WriteOut();
            channel.Send(channel.Allocator.ToMessage(_splices[i].Payload));
            var from = _splices[i].Position - first;
            var to = (i + 1 < _splices.Count ? _splices[i + 1].Position : end) - first;
            AppendBytes(scratch.AsSpan(from, to - from));
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }

    private void AppendBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
        {
            Reserve(bytes.Length, 0);
            bytes.CopyTo(_buffer!.Array.AsSpan(_buffer.ArrayOffset + _used));
            _used += bytes.Length;
        }
    }
}
