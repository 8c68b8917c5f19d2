using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>
/// A view of part of another buffer, lent to a handler for the length of a call. A handler that keeps it retains it, which keeps the
/// memory beneath, and releases it when it is done. The lender uses the same object for its next view unless it was kept.
/// Threading: the lender's loop; the reference count is safe from any thread.
/// </summary>
internal sealed class LentBuffer : UnpooledHeapByteBuffer
{
    private IByteBuffer? _source;
    private int _end;

    public LentBuffer(IByteBufferAllocator allocator)
        : base(allocator, [], int.MaxValue) => SetReferenceCount(0);

    /// <summary>The view may be written in and does not grow: what lies behind it belongs to others.</summary>
    public override int Capacity => _end;

    public override int MaxCapacity => _end;

    /// <summary>True when no one holds the last view: the object can be lent again.</summary>
    public bool IsFree => ReferenceCount == 0;

    /// <summary>Makes this a view of <paramref name="count"/> bytes of <paramref name="source"/>, held once by the caller.</summary>
    public void Lend(IByteBuffer source, int start, int count)
    {
        source.Retain();
        _source = source;
        _end = start + count;
        SetArray(source.Array);
        SetReferenceCount(1);
        SetIndex(start, _end);
    }

    public override IByteBuffer AdjustCapacity(int newCapacity) =>
        throw new NotSupportedException("Lent memory does not grow; copy it to add to it.");

    protected override void Deallocate()
    {
        var source = _source;
        _source = null;
        source?.Release();
    }
}
