namespace ClassicBroker.Records;

/// <summary>Writes one zstd frame.</summary>
internal static class ZstdCompressor
{
    public static void Compress(int level, ReadOnlySpan<byte> source, PooledBuffer destination)
    {
        var library = ZstdLibrary.Instance;
        var context = ZstdContextPool.Compressors.Rent();
        var room = destination.GetSpan(library.CompressedSizeMax(source.Length));
        destination.Advance(library.Compress(context.Pointer, level, source, room));
        ZstdContextPool.Compressors.Return(context);
    }
}
