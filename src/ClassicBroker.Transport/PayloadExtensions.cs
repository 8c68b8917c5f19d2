using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>What the transport does with the three kinds of <see cref="IPayload"/> it knows.</summary>
public static class PayloadExtensions
{
    /// <summary>Gives back what the payload holds: a pooled array, an owner's memory, the hold on a file.</summary>
    public static void Release(this IPayload payload)
    {
        switch (payload)
        {
            case PooledPayload pooled:
                pooled.Dispose();
                break;
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

    /// <summary>The bytes of a payload in memory.</summary>
    /// <exception cref="InvariantViolatedException">It is a file region, or of a kind the transport does not know.</exception>
    public static ReadOnlyMemory<byte> InMemory(this IPayload payload) => payload switch
    {
        PooledPayload pooled => pooled.Memory,
        MemoryPayload memory => memory.Memory,
        _ => throw Unknown(payload),
    };

    private static InvariantViolatedException Unknown(IPayload payload) =>
        new($"A channel was given a payload it cannot send: {payload.GetType()}");
}
