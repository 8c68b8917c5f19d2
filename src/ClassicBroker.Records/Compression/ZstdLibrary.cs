using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>The functions of libzstd that batches need.</summary>
internal sealed unsafe class ZstdLibrary
{
    private const int CompressionLevelParameter = 100;
    private const int WindowLogMaxParameter = 100;

    /// <summary>The largest window of a standard decoder, 128 MiB; a frame that wants more is refused.</summary>
    private const int WindowLogMax = 27;

    private static readonly Lazy<ZstdLibrary> Lazy = new(
        () => new ZstdLibrary(NativeCodecLibrary.Load(CompressionCodec.Zstd, "libzstd.so.1", "libzstd1")),
        LazyThreadSafetyMode.PublicationOnly);

    private readonly delegate* unmanaged<nint> _createCompressor;
    private readonly delegate* unmanaged<nint> _createDecompressor;
    private readonly delegate* unmanaged<nint, nuint> _freeCompressor;
    private readonly delegate* unmanaged<nint, nuint> _freeDecompressor;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setCompressor;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setDecompressor;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> _compress;
    private readonly delegate* unmanaged<nint, Buffer*, Buffer*, nuint> _decompress;
    private readonly delegate* unmanaged<nint, int, nuint> _resetDecompressor;
    private readonly delegate* unmanaged<nint, nuint> _sizeOfDecompressor;
    private readonly delegate* unmanaged<nuint, nuint> _compressBound;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private ZstdLibrary(nint handle)
    {
        _createCompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createCCtx");
        _createDecompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createDCtx");
        _freeCompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeCCtx");
        _freeDecompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDCtx");
        _setCompressor = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_CCtx_setParameter");
        _setDecompressor = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_DCtx_setParameter");
        _compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compress2");
        _decompress = (delegate* unmanaged<nint, Buffer*, Buffer*, nuint>)NativeLibrary.GetExport(handle, "ZSTD_decompressStream");
        _resetDecompressor = (delegate* unmanaged<nint, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_DCtx_reset");
        _sizeOfDecompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_sizeof_DCtx");
        _compressBound = (delegate* unmanaged<nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compressBound");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(handle, "ZSTD_getErrorName");
    }

    /// <exception cref="CodecUnavailableException">libzstd is not installed.</exception>
    public static ZstdLibrary Instance => Lazy.Value;

    public nint CreateCompressor() => NotNull(_createCompressor());

    public nint CreateDecompressor()
    {
        var context = NotNull(_createDecompressor());
        Check(_setDecompressor(context, WindowLogMaxParameter, WindowLogMax));
        return context;
    }

    public void FreeCompressor(nint context) => _freeCompressor(context);

    public void FreeDecompressor(nint context) => _freeDecompressor(context);

    public int CompressedSizeMax(int length) => checked((int)_compressBound((nuint)length));

    public long SizeOfDecompressor(nint context) => (long)_sizeOfDecompressor(context);

    /// <summary>Readies a decompressor for another stream.</summary>
    public void ResetDecompressor(nint context)
    {
        const int sessionOnly = 1;
        Check(_resetDecompressor(context, sessionOnly));
    }

    /// <summary>Writes one frame; returns its size.</summary>
    public int Compress(nint context, int level, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Check(_setCompressor(context, CompressionLevelParameter, level));
        fixed (byte* from = source, to = destination)
        {
            return (int)Check(_compress(context, to, (nuint)destination.Length, from, (nuint)source.Length));
        }
    }

    /// <summary>Decodes as far as source and destination go. The result is zstd's own: 0 at the end of a frame, or an error.</summary>
    public nuint Decompress(nint context, ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int produced)
    {
        fixed (byte* from = source, to = destination)
        {
            var input = new Buffer { Start = from, Size = (nuint)source.Length };
            var output = new Buffer { Start = to, Size = (nuint)destination.Length };
            var result = _decompress(context, &output, &input);
            consumed = (int)input.Position;
            produced = (int)output.Position;
            return result;
        }
    }

    public bool IsError(nuint result) => _isError(result) != 0;

    public string ErrorName(nuint result) => Marshal.PtrToStringUTF8((nint)_errorName(result)) ?? "unknown error";

    private static nint NotNull(nint context) =>
        context != 0 ? context : throw new InvalidOperationException("libzstd has no memory for a context.");

    private nuint Check(nuint result) => !IsError(result) ? result : throw new InvalidOperationException($"libzstd: {ErrorName(result)}.");

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }
}
