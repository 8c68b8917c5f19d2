using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace ClassicBroker.Records;

/// <summary>
/// Reads one LZ4 frame of independent blocks. What follows its end mark is ignored, a content checksum included; the batch has its own.
/// </summary>
internal sealed class Lz4FrameDecompressor(bool ignoresHeaderChecksum) : BlockDecompressor
{
    /// <summary>What one byte of a block can at most become.</summary>
    private const int RatioMax = 255;

    private bool _hasBlockChecksums;
    private int _blockSizeMax;
    private int _position;
    private int _blockStart;
    private int _blockLength;
    private bool _isStored;
    private bool _isAtEnd;

    protected override bool TryNextBlock(ReadOnlySpan<byte> source, out int size)
    {
        size = 0;
        if (_isAtEnd)
        {
            return false;
        }

        if (_blockSizeMax == 0)
        {
            ReadHeader(source);
        }

        var word = BinaryPrimitives.ReadUInt32LittleEndian(Take(source, sizeof(uint)));
        if (word == 0)
        {
            _isAtEnd = true;
            return false;
        }

        _isStored = (word & Lz4Frame.StoredBit) != 0;
        var length = word & ~Lz4Frame.StoredBit;
        if (length > _blockSizeMax)
        {
            throw new CorruptRecordException($"An lz4 block of {length} bytes exceeds the frame's {_blockSizeMax}.");
        }

        _blockStart = _position;
        _blockLength = (int)length;
        Take(source, _blockLength);
        if (_hasBlockChecksums)
        {
            Take(source, sizeof(uint));
        }

        size = _isStored ? _blockLength : (int)Math.Min(_blockSizeMax, (long)_blockLength * RatioMax);
        return true;
    }

    protected override int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var block = source.Slice(_blockStart, _blockLength);
        if (_isStored)
        {
            block.CopyTo(destination);
            return block.Length;
        }

        var count = LZ4Codec.Decode(block, destination);
        return count >= 0 ? count : throw new CorruptRecordException("An lz4 block is malformed.");
    }

    private void ReadHeader(ReadOnlySpan<byte> source)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(Take(source, sizeof(uint))) != Lz4Frame.Magic)
        {
            throw new CorruptRecordException("An lz4 stream does not start with the frame magic.");
        }

        var descriptorStart = _position;
        var flags = Take(source, 1)[0];
        var block = Take(source, 1)[0];
        if ((flags & Lz4Frame.FlagVersionMask) != Lz4Frame.FlagVersion || (flags & Lz4Frame.FlagReserved) != 0
            || (flags & Lz4Frame.FlagIndependent) == 0 || (block & Lz4Frame.BlockReserved) != 0 || block < Lz4Frame.Block64KiB)
        {
            throw new CorruptRecordException($"An lz4 frame has an unsupported descriptor (FLG {flags:x2}, BD {block:x2}).");
        }

        if ((flags & Lz4Frame.FlagContentSize) != 0)
        {
            Take(source, sizeof(ulong));
        }

        var expected = Lz4Frame.HeaderChecksum(source[descriptorStart.._position]);
        if (Take(source, 1)[0] != expected && !ignoresHeaderChecksum)
        {
            throw new CorruptRecordException("An lz4 frame descriptor does not match its checksum.");
        }

        _hasBlockChecksums = (flags & Lz4Frame.FlagBlockChecksum) != 0;
        // 4 to 7 stand for 64 KiB to 4 MiB in steps of four.
        _blockSizeMax = 1 << (8 + (2 * (block >> 4)));
    }

    private ReadOnlySpan<byte> Take(ReadOnlySpan<byte> source, int count)
    {
        if (count > source.Length - _position)
        {
            throw new CorruptRecordException("An lz4 stream is cut off.");
        }

        _position += count;
        return source.Slice(_position - count, count);
    }
}
