using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>What can be told of a snappy block without decoding it: a varint of the plain length, then literals and copies.</summary>
/// <remarks>
/// The low two bits of a tag say what follows:
/// <code>
/// 00  literal   length - 1 in the upper six bits; 60 to 63 there: in 1 to 4 bytes behind
/// 01  copy      length 4 to 11 in bits 2-4, one byte of the offset behind
/// 10  copy      length 1 to 64 in the upper six bits, offset of two bytes behind
/// 11  copy      length 1 to 64 in the upper six bits, offset of four bytes behind
/// </code>
/// </remarks>
internal static class SnappyBlock
{
    private const int FirstLongLiteral = 60;

    /// <summary>A copy turns three bytes into 64 at best, and nothing does better.</summary>
    public static long DecompressedSizeMax(int compressedLength) => 22L * compressedLength;

    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length, out int prefixSize)
    {
        var isValid = Varint.TryReadUnsigned(block, out uint raw, out prefixSize) && raw <= int.MaxValue;
        length = isValid ? (int)raw : 0;
        return isValid;
    }

    /// <summary>True where the block's literals and copies give <paramref name="length"/> bytes, no more and no less.</summary>
    public static bool Fills(ReadOnlySpan<byte> block, int length)
    {
        if (!TryReadLength(block, out _, out var prefixSize))
        {
            return false;
        }

        var written = 0L;
        long position = prefixSize;
        while (position < block.Length && written <= length)
        {
            var tag = block[(int)position++];
            var upper = tag >> 2;
            switch (tag & 3)
            {
                case 0:
                    var lengthSize = Math.Max(0, upper - FirstLongLiteral + 1);
                    if (block.Length - position < lengthSize)
                    {
                        return false;
                    }

                    var literal = (lengthSize == 0 ? upper : ReadLittleEndian(block.Slice((int)position, lengthSize))) + 1;
                    written += literal;
                    position += lengthSize + literal;
                    break;
                case 1:
                    written += 4 + (upper & 7);
                    position += 1;
                    break;
                case 2:
                    written += upper + 1;
                    position += sizeof(ushort);
                    break;
                default:
                    written += upper + 1;
                    position += sizeof(uint);
                    break;
            }
        }

        return position == block.Length && written == length;
    }

    private static long ReadLittleEndian(ReadOnlySpan<byte> bytes)
    {
        var value = 0L;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }
}
