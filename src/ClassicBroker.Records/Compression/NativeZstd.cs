using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ClassicBroker.Records;

/// <summary>libzstd, as most distributions install it.</summary>
internal sealed unsafe class NativeZstd : ZstdLibrary
{
    private const string FileName = "libzstd.so.1";

    private readonly delegate* unmanaged<nint> _createCompressor;
    private readonly delegate* unmanaged<nint> _createDecompressor;
    private readonly delegate* unmanaged<nint, nuint> _freeCompressor;
    private readonly delegate* unmanaged<nint, nuint> _freeDecompressor;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setCompressor;
    private readonly delegate* unmanaged<nint, int, int, nuint> _setDecompressor;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> _compress;
    private readonly delegate* unmanaged<nint, Window*, Window*, nuint> _decompress;
    private readonly delegate* unmanaged<nint, int, nuint> _resetDecompressor;
    private readonly delegate* unmanaged<nint, nuint> _sizeOfDecompressor;
    private readonly delegate* unmanaged<nuint, nuint> _compressBound;
    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _errorName;

    private NativeZstd(nint handle)
    {
        _createCompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createCCtx");
        _createDecompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createDCtx");
        _freeCompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeCCtx");
        _freeDecompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDCtx");
        _setCompressor = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_CCtx_setParameter");
        _setDecompressor = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_DCtx_setParameter");
        _compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compress2");
        _decompress = (delegate* unmanaged<nint, Window*, Window*, nuint>)NativeLibrary.GetExport(handle, "ZSTD_decompressStream");
        _resetDecompressor = (delegate* unmanaged<nint, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_DCtx_reset");
        _sizeOfDecompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_sizeof_DCtx");
        _compressBound = (delegate* unmanaged<nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compressBound");
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
        _errorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(handle, "ZSTD_getErrorName");
    }

    /// <summary>False where the machine has no libzstd, or one older than 1.4, which lacks these functions.</summary>
    public static bool TryLoad([NotNullWhen(true)] out NativeZstd? library)
    {
        library = NativeLibrary.TryLoad(FileName, out var handle) && NativeLibrary.TryGetExport(handle, "ZSTD_compress2", out _)
            ? new NativeZstd(handle)
            : null;
        return library is not null;
    }

    public override nint CreateCompressor() => NotNull(_createCompressor());

    public override nint CreateDecompressor()
    {
        var context = NotNull(_createDecompressor());
        Check(_setDecompressor(context, WindowLogMaxParameter, WindowLogMax));
        return context;
    }

    public override void FreeCompressor(nint context) => _freeCompressor(context);

    public override void FreeDecompressor(nint context) => _freeDecompressor(context);

    public override int CompressedSizeMax(int length) => checked((int)_compressBound((nuint)length));

    public override long SizeOfDecompressor(nint context) => (long)_sizeOfDecompressor(context);

    public override void ResetDecompressor(nint context)
    {
        const int sessionOnly = 1;
        Check(_resetDecompressor(context, sessionOnly));
    }

    public override bool IsError(nuint result) => _isError(result) != 0;

    public override string ErrorName(nuint result) => Marshal.PtrToStringUTF8((nint)_errorName(result)) ?? "unknown error";

    protected override nuint CompressFrame(nint context, int level, byte* to, nuint capacity, byte* from, nuint length)
    {
        Check(_setCompressor(context, CompressionLevelParameter, level));
        return _compress(context, to, capacity, from, length);
    }

    protected override nuint DecompressStream(nint context, ref Window output, ref Window input)
    {
        fixed (Window* to = &output, from = &input)
        {
            return _decompress(context, to, from);
        }
    }
}
