using System.Runtime.InteropServices;
using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>
/// The bytes of a <see cref="MemoryPayload"/> as a message of the pipeline, uncopied; the last release disposes their owner.
/// Threading: as any buffer's.
/// </summary>
internal sealed class PayloadBuffer : UnpooledHeapByteBuffer
{
    private readonly MemoryPayload _payload;

    public PayloadBuffer(IByteBufferAllocator allocator, MemoryPayload payload)
        : this(allocator, payload, Segment(payload.Memory))
    {
    }

    private PayloadBuffer(IByteBufferAllocator allocator, MemoryPayload payload, ArraySegment<byte> segment)
        : base(allocator, segment.Array ?? [], int.MaxValue)
    {
        _payload = payload;
        SetIndex(segment.Offset, segment.Offset + segment.Count);
    }

    protected override void Deallocate() => _payload.Dispose();

    private static ArraySegment<byte> Segment(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) ? segment : new(memory.ToArray());
}
