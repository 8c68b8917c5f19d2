namespace ClassicBroker.Records;

/// <summary>
/// Compresses and decompresses record sections exactly as Kafka frames them. The framing is ours; gzip is the runtime's, the blocks of
/// snappy, lz4 and zstd are those of libraries (decision 0009).
/// Threading: any thread.
/// </summary>
public static class Codecs
{
    /// <summary>Appends <paramref name="source"/>, compressed, to <paramref name="destination"/>.</summary>
    /// <param name="compression">Codec and level.</param>
    /// <param name="magic">The format the result goes into: lz4 inside format 0 has a checksum of its own.</param>
    /// <param name="source">Plain bytes.</param>
    /// <param name="destination">Grown as needed.</param>
    public static void Compress(Compression compression, byte magic, ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        switch (compression.Codec)
        {
            case CompressionCodec.None:
                destination.Write(source);
                break;
            case CompressionCodec.Gzip:
                GzipCompressor.Compress(compression.Level, source, destination);
                break;
            case CompressionCodec.Snappy:
                XerialSnappyCompressor.Compress(source, destination);
                break;
            case CompressionCodec.Lz4:
                Lz4FrameCompressor.Compress(compression.Level, magic, source, destination);
                break;
            case CompressionCodec.Zstd:
                ZstdCompressor.Compress(compression.Level, source, destination);
                break;
            default:
                throw UnknownCodec(compression.Codec);
        }
    }

    /// <summary>Appends what <paramref name="source"/> decompresses to, at most <paramref name="bytesMax"/> bytes.</summary>
    /// <exception cref="DecompressionLimitException">There is more.</exception>
    /// <exception cref="CorruptRecordException">It is no stream of the codec, or it is cut off.</exception>
    public static void Decompress(CompressionCodec codec, byte magic, ReadOnlySpan<byte> source, int bytesMax, PooledBuffer destination)
    {
        const int chunkSize = 64 * 1024;
        using var decompressor = OpenDecompressor(codec, magic, bytesMax);
        var total = 0L;
        while (true)
        {
            var count = decompressor.Read(source, destination.GetSpan(chunkSize));
            if (count == 0)
            {
                return;
            }

            destination.Advance(count);
            total += count;
            if (total > bytesMax)
            {
                throw new DecompressionLimitException(bytesMax);
            }
        }
    }

    internal static Decompressor OpenDecompressor(CompressionCodec codec, byte magic, int bytesMax) => codec switch
    {
        CompressionCodec.Gzip => new GzipDecompressor(),
        CompressionCodec.Snappy => new XerialSnappyDecompressor(bytesMax),
        CompressionCodec.Lz4 => new Lz4FrameDecompressor(ignoresHeaderChecksum: magic == RecordFormat.MagicV0),
        CompressionCodec.Zstd => new ZstdDecompressor(),
        _ => throw UnknownCodec(codec),
    };

    private static RecordsException UnknownCodec(CompressionCodec codec) =>
        new InvalidRecordException($"Unknown compression type id: {(byte)codec}.");
}
