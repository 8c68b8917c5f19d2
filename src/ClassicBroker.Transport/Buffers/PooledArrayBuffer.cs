using System.Buffers;
using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>
/// A buffer over an array of the shared pool, which goes back with the last release. In debug builds a released array is overwritten, so
/// that a late reader shows. Threading: one owner at a time; the reference count is safe from any thread.
/// </summary>
internal sealed class PooledArrayBuffer : UnpooledHeapByteBuffer
{
#if DEBUG
    private const byte Poison = 0xDD;
#endif

    private readonly ArrayPoolAllocator _allocator;

    public PooledArrayBuffer(ArrayPoolAllocator allocator, int capacity)
        : base(allocator, ArrayPool<byte>.Shared.Rent(capacity), int.MaxValue)
    {
        _allocator = allocator;
        allocator.Lent();
        SetIndex(0, 0);
    }

    /// <summary>Makes a buffer whose array has gone back into a new one, without a new object.</summary>
    public void Rearm(int capacity)
    {
        SetArray(ArrayPool<byte>.Shared.Rent(capacity));
        SetReferenceCount(1);
        SetIndex(0, 0);
        _allocator.Lent();
    }

    protected override byte[] AllocateArray(int initialCapacity) => ArrayPool<byte>.Shared.Rent(initialCapacity);

    protected override void FreeArray(byte[] bytes)
    {
#if DEBUG
        bytes.AsSpan().Fill(Poison);
#endif
        ArrayPool<byte>.Shared.Return(bytes);
    }

    protected override void Deallocate()
    {
        base.Deallocate();
        _allocator.Returned();
    }
}
