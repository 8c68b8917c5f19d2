namespace ClassicBroker.Records;

/// <summary>
/// Lets the runtime's gzip read from a span; a stream in name only. Its user pins the span to attach it, and detached before it is
/// let go; in between the position is kept.
/// </summary>
internal sealed unsafe class PinnedStream : Stream
{
    private byte* _pointer;
    private int _length;
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Attach(byte* pointer, int length)
    {
        _pointer = pointer;
        _length = length;
    }

    public void Detach()
    {
        _pointer = null;
        _length = 0;
    }

    public override int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, _length - _position);
        if (count <= 0)
        {
            return 0;
        }

        new ReadOnlySpan<byte>(_pointer + _position, count).CopyTo(destination);
        _position += count;
        return count;
    }

    public override int Read(byte[] destination, int offset, int count) => Read(destination.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override void Write(byte[] bytes, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
