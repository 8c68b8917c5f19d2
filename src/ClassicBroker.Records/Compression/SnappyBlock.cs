using System.Buffers.Binary;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// The snappy block format: a varint of the plain length, then literals and copies. In managed code, so that snappy needs no library and
/// no hostile block reaches native memory; as fast as libsnappy for batches.
/// </summary>
/// <remarks>
/// The low two bits of a tag say what follows:
/// <code>
/// 00  literal   length - 1 in the upper six bits; 60 to 63 there: in 1 to 4 bytes behind
/// 01  copy      length 4 to 11 in bits 2-4, offset of 11 bits: three in bits 5-7, eight behind
/// 10  copy      length 1 to 64 in the upper six bits, offset of 16 bits behind
/// 11  copy      length 1 to 64 in the upper six bits, offset of 32 bits behind
/// </code>
/// </remarks>
internal static class SnappyBlock
{
    private const int HashBits = 14;
    private const int LeastMatch = 4;
    private const int LongestCopy = 64;

    /// <summary>Matches are looked for within this many bytes, so that every offset fits 16 bits.</summary>
    private const int FragmentSize = 64 * 1024;

    private const int FirstLongLiteral = 60;

    public static int CompressedSizeMax(int length) => 32 + length + (length / 6);

    /// <summary>A copy turns three bytes into 64 at best, and nothing does better.</summary>
    public static long DecompressedSizeMax(int compressedLength) => 22L * compressedLength;

    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length, out int prefixSize)
    {
        var isValid = Varint.TryReadUnsigned(block, out uint raw, out prefixSize) && raw <= int.MaxValue;
        length = isValid ? (int)raw : 0;
        return isValid;
    }

    /// <summary>True where <paramref name="block"/> is well formed and has exactly the destination's length.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        if (!TryReadLength(block, out var length, out var position) || length != destination.Length)
        {
            return false;
        }

        var written = 0;
        while (position < block.Length)
        {
            var tag = block[position++];
            var isValid = (tag & 3) == 0
                ? TryLiteral(tag >> 2, block, ref position, destination, ref written)
                : TryCopy(tag, block, ref position, destination, ref written);
            if (!isValid)
            {
                return false;
            }
        }

        return written == destination.Length;
    }

    /// <summary>Bytes written to <paramref name="destination"/>, which has <see cref="CompressedSizeMax"/> of them.</summary>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var written = Varint.WriteUnsigned(destination, (uint)source.Length);
        Span<ushort> table = stackalloc ushort[1 << HashBits];
        for (; !source.IsEmpty; source = source[Math.Min(source.Length, FragmentSize)..])
        {
            table.Clear();
            CompressFragment(source[..Math.Min(source.Length, FragmentSize)], table, destination, ref written);
        }

        return written;
    }

    private static bool TryLiteral(int code, ReadOnlySpan<byte> block, ref int position, Span<byte> destination, ref int written)
    {
        var length = code + 1L;
        if (code >= FirstLongLiteral)
        {
            var bytes = code - FirstLongLiteral + 1;
            if (bytes > block.Length - position)
            {
                return false;
            }

            length = 1;
            for (var i = 0; i < bytes; i++)
            {
                length += (long)block[position++] << (8 * i);
            }
        }

        if (length > block.Length - position || length > destination.Length - written)
        {
            return false;
        }

        block.Slice(position, (int)length).CopyTo(destination[written..]);
        position += (int)length;
        written += (int)length;
        return true;
    }

    private static bool TryCopy(byte tag, ReadOnlySpan<byte> block, ref int position, Span<byte> destination, ref int written)
    {
        var offsetBytes = (tag & 3) == 3 ? 4 : tag & 3;
        if (offsetBytes > block.Length - position)
        {
            return false;
        }

        var (length, offset) = offsetBytes switch
        {
            1 => (((tag >> 2) & 7) + 4, (uint)((tag >> 5) << 8 | block[position])),
            2 => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt16LittleEndian(block[position..])),
            _ => ((tag >> 2) + 1, BinaryPrimitives.ReadUInt32LittleEndian(block[position..])),
        };
        position += offsetBytes;
        if (offset == 0 || offset > (uint)written || length > destination.Length - written)
        {
            return false;
        }

        var from = written - (int)offset;
        if (offset >= (uint)length)
        {
            destination.Slice(from, length).CopyTo(destination[written..]);
        }
        else
        {
            // The copy reads what it writes: a short pattern repeated.
            for (var i = 0; i < length; i++)
            {
                destination[written + i] = destination[from + i];
            }
        }

        written += length;
        return true;
    }

    private static void CompressFragment(ReadOnlySpan<byte> source, Span<ushort> table, Span<byte> destination, ref int written)
    {
        var literalStart = 0;
        var position = 1;
        // The longer nothing matches, the larger the steps: incompressible data passes quickly.
        var misses = 32;
        while (position + LeastMatch <= source.Length)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[position..]);
            ref var slot = ref table[(int)((word * 0x1E35A7BD) >> (32 - HashBits))];
            var candidate = slot;
            slot = (ushort)position;
            if (BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word || candidate >= position)
            {
                position += misses++ >> 5;
                continue;
            }

            WriteLiteral(source[literalStart..position], destination, ref written);
            var length = LeastMatch + source[(position + LeastMatch)..].CommonPrefixLength(source[(candidate + LeastMatch)..]);
            WriteCopies(position - candidate, length, destination, ref written);
            position += length;
            literalStart = position;
            misses = 32;
        }

        WriteLiteral(source[literalStart..], destination, ref written);
    }

    private static void WriteLiteral(ReadOnlySpan<byte> literal, Span<byte> destination, ref int written)
    {
        if (literal.IsEmpty)
        {
            return;
        }

        var code = literal.Length - 1;
        if (code < FirstLongLiteral)
        {
            destination[written++] = (byte)(code << 2);
        }
        else
        {
            // A fragment has 64 KiB, so that two length bytes always suffice.
            destination[written++] = (FirstLongLiteral + 1) << 2;
            BinaryPrimitives.WriteUInt16LittleEndian(destination[written..], (ushort)code);
            written += 2;
        }

        literal.CopyTo(destination[written..]);
        written += literal.Length;
    }

    private static void WriteCopies(int offset, int length, Span<byte> destination, ref int written)
    {
        while (length > 0)
        {
            var step = Math.Min(length, LongestCopy);
            destination[written++] = (byte)(((step - 1) << 2) | 2);
            BinaryPrimitives.WriteUInt16LittleEndian(destination[written..], (ushort)offset);
            written += 2;
            length -= step;
        }
    }
}
