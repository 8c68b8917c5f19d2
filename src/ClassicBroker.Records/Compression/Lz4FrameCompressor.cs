using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace ClassicBroker.Records;

/// <summary>Writes LZ4 frames of independent 64 KiB blocks; a block that does not shrink is stored.</summary>
internal static class Lz4FrameCompressor
{
    public static void Compress(int level, byte magic, ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        WriteHeader(magic, destination);
        for (; !source.IsEmpty; source = source[Math.Min(source.Length, Lz4Frame.BlockSize)..])
        {
            var block = source[..Math.Min(source.Length, Lz4Frame.BlockSize)];
            var room = destination.GetSpan(sizeof(uint) + block.Length);
            // One byte less than the block: what is not smaller is stored.
            var size = LZ4Codec.Encode(block, room.Slice(sizeof(uint), block.Length - 1), LevelOf(level));
            destination.Advance(size > 0 ? WritePacked(room, size) : WriteStored(room, block));
        }

        destination.GetSpan(sizeof(uint))[..sizeof(uint)].Clear();
        destination.Advance(sizeof(uint));
    }

    /// <summary>As in Kafka, the default level means the fast compressor and every other one the thorough one, which has 3 to 12.</summary>
    private static LZ4Level LevelOf(int level) => level == Compression.Lz4DefaultLevel
        ? LZ4Level.L00_FAST
        : (LZ4Level)Math.Clamp(level, (int)LZ4Level.L03_HC, (int)LZ4Level.L12_MAX);

    private static void WriteHeader(byte magic, PooledBuffer destination)
    {
        var header = destination.GetSpan(Lz4Frame.HeaderSize)[..Lz4Frame.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Lz4Frame.Magic);
        header[4] = Lz4Frame.FlagVersion | Lz4Frame.FlagIndependent;
        header[5] = Lz4Frame.Block64KiB;
        var descriptorStart = magic == RecordFormat.MagicV0 ? 0 : Lz4Frame.DescriptorOffset;
        header[6] = Lz4Frame.HeaderChecksum(header[descriptorStart..6]);
        destination.Advance(Lz4Frame.HeaderSize);
    }

    private static int WritePacked(Span<byte> room, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)size);
        return sizeof(uint) + size;
    }

    private static int WriteStored(Span<byte> room, ReadOnlySpan<byte> block)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)block.Length | Lz4Frame.StoredBit);
        block.CopyTo(room[sizeof(uint)..]);
        return sizeof(uint) + block.Length;
    }
}
