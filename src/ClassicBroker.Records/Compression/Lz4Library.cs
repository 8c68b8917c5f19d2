using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>The block functions of liblz4. Its frame functions are not used: Kafka's frames have quirks of their own.</summary>
internal sealed unsafe class Lz4Library
{
    private static readonly Lazy<Lz4Library> Lazy = new(
        () => new Lz4Library(NativeCodecLibrary.Load(CompressionCodec.Lz4, "liblz4.so.1", "liblz4-1")),
        LazyThreadSafetyMode.PublicationOnly);

    private readonly delegate* unmanaged<byte*, byte*, int, int, int> _decompressSafe;
    private readonly delegate* unmanaged<void*, byte*, byte*, int, int, int, int> _compressFast;
    private readonly delegate* unmanaged<void*, byte*, byte*, int, int, int, int> _compressHigh;

    private Lz4Library(nint handle)
    {
        _decompressSafe = (delegate* unmanaged<byte*, byte*, int, int, int>)NativeLibrary.GetExport(handle, "LZ4_decompress_safe");
        _compressFast =
            (delegate* unmanaged<void*, byte*, byte*, int, int, int, int>)NativeLibrary.GetExport(handle, "LZ4_compress_fast_extState");
        _compressHigh =
            (delegate* unmanaged<void*, byte*, byte*, int, int, int, int>)NativeLibrary.GetExport(handle, "LZ4_compress_HC_extStateHC");
        FastStateSize = ((delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "LZ4_sizeofState"))();
        HighStateSize = ((delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "LZ4_sizeofStateHC"))();
    }

    /// <exception cref="CodecUnavailableException">liblz4 is not installed.</exception>
    public static Lz4Library Instance => Lazy.Value;

    public int FastStateSize { get; }

    public int HighStateSize { get; }

    /// <summary>Bytes the block gave, or -1 where it is malformed or does not fit.</summary>
    public int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            return _decompressSafe(from, to, source.Length, destination.Length);
        }
    }

    /// <summary>Bytes written, or 0 where the result does not fit. <paramref name="state"/> need not be cleared.</summary>
    public int CompressFast(Span<byte> state, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        const int acceleration = 1;
        fixed (byte* scratch = state, from = source, to = destination)
        {
            return _compressFast(scratch, from, to, source.Length, destination.Length, acceleration);
        }
    }

    /// <summary>Bytes written, or 0 where the result does not fit. <paramref name="state"/> need not be cleared.</summary>
    public int CompressHigh(Span<byte> state, ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        fixed (byte* scratch = state, from = source, to = destination)
        {
            return _compressHigh(scratch, from, to, source.Length, destination.Length, level);
        }
    }
}
