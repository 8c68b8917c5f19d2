using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Bytes that belong to <paramref name="owner"/>, if there is one, on their way to a channel. They must not change until the payload is
/// released, which disposes the owner.
/// </summary>
public sealed class MemoryPayload(ReadOnlyMemory<byte> memory, IDisposable? owner = null) : IPayload, IDisposable
{
    private IDisposable? _owner = owner;

    public int Length => Memory.Length;

    public ReadOnlyMemory<byte> Memory { get; } = memory;

    /// <summary>Disposes the owner. A second call does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Dispose();
}
