using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>
/// Gives buffers over arrays of the shared pool, and counts those that are out. It samples no leaks and starts no thread; what is not given
/// back shows in <see cref="Outstanding"/>. One for each loop. Threading: any thread.
/// </summary>
public sealed class ArrayPoolAllocator : AbstractByteBufferAllocator
{
    private long _outstanding;

    public override bool IsDirectBufferPooled => false;

    /// <summary>Buffers that hold an array now.</summary>
    public long Outstanding => Volatile.Read(ref _outstanding);

    public override CompositeByteBuffer CompositeHeapBuffer(int maxNumComponents) => new(this, direct: false, maxNumComponents);

    public override CompositeByteBuffer CompositeDirectBuffer(int maxNumComponents) => CompositeHeapBuffer(maxNumComponents);

    /// <summary>An empty buffer with room for at least <paramref name="capacity"/> bytes.</summary>
    internal PooledArrayBuffer Rent(int capacity) => new(this, capacity);

    internal void Lent() => Interlocked.Increment(ref _outstanding);

    internal void Returned() => Interlocked.Decrement(ref _outstanding);

    protected override IByteBuffer NewHeapBuffer(int initialCapacity, int maxCapacity) => Rent(initialCapacity);

    protected override IByteBuffer NewDirectBuffer(int initialCapacity, int maxCapacity) => Rent(initialCapacity);
}
