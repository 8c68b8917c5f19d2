using System.Buffers;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Where a key and a value are serialized before their partition is known. Kept by the producer and handed from call to call.
/// Threading: one call at a time.
/// </summary>
internal sealed class ScratchBuffer : IBufferWriter<byte>
{
    private const int InitialCapacity = 1024;
    private const int MaxKeptCapacity = 1024 * 1024;

    private byte[] _bytes = new byte[InitialCapacity];
    private int _length;

    public int Length => _length;

    /// <summary>False where a giant record made this too large to be kept.</summary>
    public bool IsWorthKeeping => _bytes.Length <= MaxKeptCapacity;

    public ReadOnlySpan<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    public void Clear() => _length = 0;

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void Reserve(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        }
    }
}
