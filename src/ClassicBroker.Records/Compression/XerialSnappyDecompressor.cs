using System.Buffers.Binary;
using Snappier;

namespace ClassicBroker.Records;

/// <summary>
/// Reads snappy in snappy-java's framing, or a single raw block, which some other clients send. A header in mid-stream is skipped.
/// </summary>
internal sealed class XerialSnappyDecompressor(int bytesMax) : BlockDecompressor
{
    private int _position;
    private int _blockStart;
    private int _blockLength;

    protected override bool TryNextBlock(ReadOnlySpan<byte> source, out int size)
    {
        size = 0;
        if (_position == 0)
        {
            if (!source.StartsWith(XerialSnappy.Magic))
            {
                return TryBlock(source, source.Length, out size);
            }

            SkipHeader(source);
        }

        while (_position < source.Length)
        {
            var length = source.Length - _position >= sizeof(int)
                ? BinaryPrimitives.ReadInt32BigEndian(source[_position..])
                : throw CutOff();
            if (length == XerialSnappy.RepeatedMagic)
            {
                SkipHeader(source);
                continue;
            }

            _position += sizeof(int);
            return TryBlock(source, length, out size);
        }

        return false;
    }

    protected override int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var block = source.Slice(_blockStart, _blockLength);
        // Snappier stops at the announced length and overlooks what a block has beyond it; libsnappy, and so every Java consumer, refuses
        // it.
        if (!SnappyBlock.Fills(block, destination.Length))
        {
            throw Malformed();
        }

        try
        {
            return Snappy.TryDecompress(block, destination, out var written) && written == destination.Length ? written : throw Malformed();
        }
        catch (InvalidDataException)
        {
            throw Malformed();
        }
    }

    private static CorruptRecordException Malformed() => new("A snappy block is malformed.");

    private static CorruptRecordException CutOff() => new("A snappy stream is cut off.");

    private void SkipHeader(ReadOnlySpan<byte> source)
    {
        _position += source.Length - _position >= XerialSnappy.HeaderSize ? XerialSnappy.HeaderSize : throw CutOff();
    }

    private bool TryBlock(ReadOnlySpan<byte> source, int length, out int size)
    {
        size = 0;
        if (length == 0 && source.IsEmpty)
        {
            return false;
        }

        if (length <= 0 || length > source.Length - _position)
        {
            throw new CorruptRecordException($"A snappy chunk says it has {length} bytes where {source.Length - _position} are left.");
        }

        _blockStart = _position;
        _blockLength = length;
        _position += length;
        // A length that no block of this size can have is refused before anything is reserved for it (CVE-2023-34455).
        if (!SnappyBlock.TryReadLength(source.Slice(_blockStart, length), out size, out _)
            || size > SnappyBlock.DecompressedSizeMax(length))
        {
            throw new CorruptRecordException("A snappy block gives an impossible length.");
        }

        return size <= bytesMax ? true : throw new DecompressionLimitException(bytesMax);
    }
}
