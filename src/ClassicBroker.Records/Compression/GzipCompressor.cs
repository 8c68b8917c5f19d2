using System.IO.Compression;

namespace ClassicBroker.Records;

/// <summary>Writes RFC 1952 members with the runtime's zlib.</summary>
internal static class GzipCompressor
{
    /// <summary>What zlib makes of its default level of -1.</summary>
    private const int ZlibDefaultLevel = 6;

    public static void Compress(int level, ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        var options = new ZLibCompressionOptions { CompressionLevel = level == Compression.GzipDefaultLevel ? ZlibDefaultLevel : level };
        using var gzip = new GZipStream(new PooledBufferStream(destination), options);
        gzip.Write(source);
    }
}
