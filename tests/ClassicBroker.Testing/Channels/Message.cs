using ClassicBroker.Transport;
using DotNetty.Buffers;

namespace ClassicBroker.Testing.Channels;

/// <summary>Messages for a test to write. Stateless.</summary>
public static class Message
{
    /// <summary>A buffer with a copy of <paramref name="bytes"/>, of an allocator of its own.</summary>
    public static IByteBuffer Of(ReadOnlySpan<byte> bytes) => new ArrayPoolAllocator().Copy(bytes);

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static IByteBuffer Of(byte[] bytes) => Of(bytes.AsSpan());

    /// <summary>A payload as the pipeline carries it.</summary>
    public static object Of(MemoryPayload payload) => new ArrayPoolAllocator().ToMessage(payload);
}
