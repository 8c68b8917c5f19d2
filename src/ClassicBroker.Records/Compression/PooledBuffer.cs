using System.Buffers;

namespace ClassicBroker.Records;

/// <summary>
/// Bytes that grow, in an array from the shared pool. Its maker disposes it, once; its memory is gone then.
/// Threading: one owner at a time, no locking.
/// </summary>
public sealed class PooledBuffer : IDisposable
{
    private const int LeastCapacity = 256;

    private byte[] _array;

    public PooledBuffer(int initialCapacity = 4096) => _array = ArrayPool<byte>.Shared.Rent(Math.Max(initialCapacity, LeastCapacity));

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public Memory<byte> Memory => _array.AsMemory(0, Length);

    public Span<byte> Span => _array.AsSpan(0, Length);

    /// <summary>Room behind what is written, at least <paramref name="least"/> bytes. Valid until the next call.</summary>
    public Span<byte> GetSpan(int least)
    {
        if (least > _array.Length - Length)
        {
            Grow(least);
        }

        return _array.AsSpan(Length);
    }

    /// <summary>Counts bytes written into <see cref="GetSpan"/> as part of the buffer.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_array.Length - Length), nameof(count));
        Length += count;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets what lies behind <paramref name="length"/>; the capacity stays.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        Length = length;
    }

    public void Dispose()
    {
        var array = _array;
        _array = [];
        Length = 0;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void Grow(int least)
    {
        var wanted = Math.Min(Math.Max((long)Length + least, 2L * _array.Length), Array.MaxLength);
        if (wanted - Length < least)
        {
            throw new InvalidOperationException($"A buffer of {Length} bytes cannot grow by {least}.");
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)wanted);
        Span.CopyTo(larger);
        var old = _array;
        _array = larger;
        if (old.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(old);
        }
    }
}
