using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using DotNetty.Buffers;

namespace ClassicBroker.Transport;

/// <summary>Between the buffers of the pipeline and the memory and payloads of the layers around it.</summary>
public static class BufferExtensions
{
    /// <summary>The bytes of a buffer that are to be read, in place.</summary>
    public static Memory<byte> ReadableMemory(this IByteBuffer buffer) =>
        buffer.Array.AsMemory(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes);

    /// <inheritdoc cref="ReadableMemory"/>
    public static Span<byte> ReadableSpan(this IByteBuffer buffer) =>
        buffer.Array.AsSpan(buffer.ArrayOffset + buffer.ReaderIndex, buffer.ReadableBytes);

    /// <summary>A buffer of the allocator with a copy of <paramref name="bytes"/>.</summary>
    public static IByteBuffer Copy(this IByteBufferAllocator allocator, ReadOnlySpan<byte> bytes)
    {
        var buffer = allocator.Buffer(Math.Max(1, bytes.Length));
        bytes.CopyTo(buffer.Array.AsSpan(buffer.ArrayOffset));
        return buffer.SetWriterIndex(bytes.Length);
    }

    /// <summary>A payload of a response as a message of the pipeline, which releases it once it is sent or dropped.</summary>
    /// <exception cref="InvariantViolatedException">It is of a kind the transport does not know.</exception>
    public static object ToMessage(this IByteBufferAllocator allocator, IPayload payload) => payload switch
    {
        FileRegion region => new RegionMessage(region),
        MemoryPayload memory => new PayloadBuffer(allocator, memory),
        _ => throw Unknown(payload),
    };

    /// <summary>Gives back what a payload that is not sent holds: an owner's memory, the hold on a file.</summary>
    public static void Release(this IPayload payload)
    {
        switch (payload)
        {
            case MemoryPayload memory:
                memory.Dispose();
                break;
            case FileRegion region:
                region.File.Release();
                break;
            default:
                throw Unknown(payload);
        }
    }

    private static InvariantViolatedException Unknown(IPayload payload) =>
        new($"A channel was given a payload it cannot send: {payload.GetType()}");
}
