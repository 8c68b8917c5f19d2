using DotNetty.Buffers;

namespace ClassicBroker.Rpc;

/// <summary>
/// Keeps a received frame past the call it was lent for, records in place. Its requester disposes of it, on any thread; what is
/// not given back shows in the count of its loop's allocator. A second disposal does nothing.
/// </summary>
public sealed class FrameLease : IDisposable
{
    private IByteBuffer? _frame;

    internal FrameLease(IByteBuffer frame)
    {
        frame.Retain();
        _frame = frame;
    }

    public void Dispose() => Interlocked.Exchange(ref _frame, null)?.Release();
}
