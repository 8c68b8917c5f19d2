using System.Buffers;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Bytes in an array from the shared pool, on their way to a channel. Whoever holds it releases it once: the maker until it is
/// written, the channel from then on. In debug builds a released array is overwritten, so that a late reader shows.
/// Threading: one owner at a time, no locking.
/// </summary>
public sealed class PooledPayload : IPayload, IDisposable
{
#if DEBUG
    private const byte Poison = 0xDD;
#endif

    private byte[]? _array;
    private int _length;

    /// <summary>Rents room for <paramref name="length"/> bytes, of undefined content.</summary>
    public PooledPayload(int length)
    {
        _array = ArrayPool<byte>.Shared.Rent(length);
        _length = length;
    }

    public int Length => _length;

    /// <summary>The bytes, to fill before writing.</summary>
    /// <exception cref="ObjectDisposedException">It has been released.</exception>
    public Memory<byte> Memory => Array.AsMemory(0, _length);

    /// <inheritdoc cref="Memory"/>
    public Span<byte> Span => Array.AsSpan(0, _length);

    /// <summary>All bytes the rented array has room for; <see cref="Trim"/> says how many count.</summary>
    public Span<byte> Room => Array;

    private byte[] Array => _array ?? throw new ObjectDisposedException(nameof(PooledPayload));

    /// <summary>A copy of <paramref name="bytes"/>.</summary>
    public static PooledPayload Copy(ReadOnlySpan<byte> bytes)
    {
        var payload = new PooledPayload(bytes.Length);
        bytes.CopyTo(payload.Span);
        return payload;
    }

    /// <summary>Sets how many bytes of <see cref="Room"/> count.</summary>
    public void Trim(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Array.Length, nameof(length));
        _length = length;
    }

    /// <summary>Returns the array. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
#if DEBUG
            array.AsSpan().Fill(Poison);
#endif
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
