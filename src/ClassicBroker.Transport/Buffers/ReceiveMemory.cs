using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// Where a loop receives for all its channels, one at a time. What was received is lent up the pipeline; where a handler kept some, the
/// next is received behind it, and into another block when little room is left. Threading: its loop only.
/// </summary>
internal sealed class ReceiveMemory(ArrayPoolAllocator allocator)
{
    public const int BlockBytes = 256 * 1024;

    private const int RoomMin = 64 * 1024;

    private PooledArrayBuffer? _block;
    private LentBuffer _view = new(allocator);
    private int _start;

    /// <summary>Where to receive next; at least <see cref="RoomMin"/> bytes.</summary>
    public Span<byte> Room()
    {
        _block ??= allocator.Rent(BlockBytes);
        if (_block.ReferenceCount == 1)
        {
            _start = 0;
        }
        else if (_block.Array.Length - _start < RoomMin)
        {
            _block.Release();
            _block = allocator.Rent(BlockBytes);
            _start = 0;
        }

        return _block.Array.AsSpan(_start);
    }

    /// <summary>Lends the first <paramref name="count"/> bytes of the room to the handlers of a pipeline.</summary>
    public void HandUp(IChannelPipeline pipeline, int count)
    {
        var view = _view;
        view.Lend(_block!, _start, count);
        _start += count;
        pipeline.FireChannelRead(view);
        view.Release();
        if (!view.IsFree)
        {
            _view = new(allocator);
        }
    }

    /// <summary>The loop has ended.</summary>
    public void Release()
    {
        _block?.Release();
        _block = null;
    }
}
