using System.Buffers.Binary;
using Snappier;

namespace ClassicBroker.Records;

/// <summary>Writes snappy in snappy-java's framing.</summary>
internal static class XerialSnappyCompressor
{
    public static void Compress(ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        destination.Write(XerialSnappy.Header);
        for (; !source.IsEmpty; source = source[Math.Min(source.Length, XerialSnappy.BlockSize)..])
        {
            var block = source[..Math.Min(source.Length, XerialSnappy.BlockSize)];
            var room = destination.GetSpan(sizeof(int) + Snappy.GetMaxCompressedLength(block.Length));
            var size = Snappy.Compress(block, room[sizeof(int)..]);
            BinaryPrimitives.WriteInt32BigEndian(room, size);
            destination.Advance(sizeof(int) + size);
        }
    }
}
