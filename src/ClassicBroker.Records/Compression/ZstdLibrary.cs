using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>
/// The functions of zstd that batches need: those of libzstd where the machine has it, else of its managed port, which needs no library and
/// takes about twice the time to compress. Both have the same contexts, parameters and errors.
/// Threading: any thread; a context belongs to one caller at a time.
/// </summary>
internal abstract unsafe class ZstdLibrary
{
    /// <summary>ZSTD_c_compressionLevel.</summary>
    protected const int CompressionLevelParameter = 100;

    /// <summary>ZSTD_d_windowLogMax.</summary>
    protected const int WindowLogMaxParameter = 100;

    /// <summary>The largest window of a standard decoder, 128 MiB; a frame that wants more is refused.</summary>
    protected const int WindowLogMax = 27;

    private static readonly Lazy<ZstdLibrary> Lazy = new(
        () => NativeZstd.TryLoad(out var native) ? native : new ManagedZstd(),
        LazyThreadSafetyMode.PublicationOnly);

    public static ZstdLibrary Instance => Lazy.Value;

    public abstract nint CreateCompressor();

    public abstract nint CreateDecompressor();

    public abstract void FreeCompressor(nint context);

    public abstract void FreeDecompressor(nint context);

    public abstract int CompressedSizeMax(int length);

    public abstract long SizeOfDecompressor(nint context);

    /// <summary>Readies a decompressor for another stream.</summary>
    public abstract void ResetDecompressor(nint context);

    /// <summary>Writes one frame; returns its size.</summary>
    public int Compress(nint context, int level, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            return (int)Check(CompressFrame(context, level, to, (nuint)destination.Length, from, (nuint)source.Length));
        }
    }

    /// <summary>Decodes as far as source and destination go. The result is zstd's own: 0 at the end of a frame, or an error.</summary>
    public nuint Decompress(nint context, ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int produced)
    {
        fixed (byte* from = source, to = destination)
        {
            var input = new Window { Start = from, Size = (nuint)source.Length };
            var output = new Window { Start = to, Size = (nuint)destination.Length };
            var result = DecompressStream(context, ref output, ref input);
            consumed = (int)input.Position;
            produced = (int)output.Position;
            return result;
        }
    }

    public abstract bool IsError(nuint result);

    public abstract string ErrorName(nuint result);

    protected abstract nuint CompressFrame(nint context, int level, byte* to, nuint capacity, byte* from, nuint length);

    protected abstract nuint DecompressStream(nint context, ref Window output, ref Window input);

    protected static nint NotNull(nint context) =>
        context != 0 ? context : throw new InvalidOperationException("zstd has no memory for a context.");

    protected nuint Check(nuint result) => !IsError(result) ? result : throw new InvalidOperationException($"zstd: {ErrorName(result)}.");

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    protected struct Window
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
