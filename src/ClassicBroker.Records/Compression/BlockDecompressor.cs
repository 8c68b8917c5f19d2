using System.Buffers;

namespace ClassicBroker.Records;

/// <summary>
/// A decompressor whose format comes in blocks that are decoded whole: straight into the destination where it has room for one, else
/// through a buffer kept between calls.
/// </summary>
internal abstract class BlockDecompressor : Decompressor
{
    private byte[] _held = [];
    private int _heldStart;
    private int _heldEnd;

    public sealed override int Read(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        while (_heldStart == _heldEnd)
        {
            if (!TryNextBlock(source, out var size))
            {
                return 0;
            }

            if (destination.Length >= size)
            {
                var count = Decode(source, destination[..size]);
                if (count > 0)
                {
                    return count;
                }

                continue;
            }

            Hold(size);
            _heldStart = 0;
            _heldEnd = Decode(source, _held.AsSpan(0, size));
        }

        var taken = Math.Min(_heldEnd - _heldStart, destination.Length);
        _held.AsSpan(_heldStart, taken).CopyTo(destination);
        _heldStart += taken;
        return taken;
    }

    public sealed override void Dispose() => Hold(0);

    /// <summary>Finds the next block. False at the proper end of the stream.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="size">The most bytes the block can decode to.</param>
    protected abstract bool TryNextBlock(ReadOnlySpan<byte> source, out int size);

    /// <summary>Decodes the block that was found; returns its size, which may be 0.</summary>
    protected abstract int Decode(ReadOnlySpan<byte> source, Span<byte> destination);

    private void Hold(int size)
    {
        if (size > 0 && size <= _held.Length)
        {
            return;
        }

        if (_held.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_held);
        }

        _held = size == 0 ? [] : ArrayPool<byte>.Shared.Rent(size);
        _heldStart = _heldEnd = 0;
    }
}
