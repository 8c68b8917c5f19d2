using ZstdSharp.Unsafe;

namespace ClassicBroker.Records;

/// <summary>zstd in managed code, for machines without libzstd.</summary>
internal sealed unsafe class ManagedZstd : ZstdLibrary
{
    public override nint CreateCompressor() => NotNull((nint)Methods.ZSTD_createCCtx());

    public override nint CreateDecompressor()
    {
        var context = NotNull((nint)Methods.ZSTD_createDCtx());
        Check(Methods.ZSTD_DCtx_setParameter((ZSTD_DCtx_s*)context, (ZSTD_dParameter)WindowLogMaxParameter, WindowLogMax));
        return context;
    }

    public override void FreeCompressor(nint context) => Methods.ZSTD_freeCCtx((ZSTD_CCtx_s*)context);

    public override void FreeDecompressor(nint context) => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)context);

    public override int CompressedSizeMax(int length) => checked((int)Methods.ZSTD_compressBound((nuint)length));

    public override long SizeOfDecompressor(nint context) => (long)Methods.ZSTD_sizeof_DCtx((ZSTD_DCtx_s*)context);

    public override void ResetDecompressor(nint context) =>
        Check(Methods.ZSTD_DCtx_reset((ZSTD_DCtx_s*)context, ZSTD_ResetDirective.ZSTD_reset_session_only));

    public override bool IsError(nuint result) => Methods.ZSTD_isError(result);

    public override string ErrorName(nuint result) => Methods.ZSTD_getErrorName(result);

    protected override nuint CompressFrame(nint context, int level, byte* to, nuint capacity, byte* from, nuint length)
    {
        Check(Methods.ZSTD_CCtx_setParameter((ZSTD_CCtx_s*)context, (ZSTD_cParameter)CompressionLevelParameter, level));
        return Methods.ZSTD_compress2((ZSTD_CCtx_s*)context, to, capacity, from, length);
    }

    protected override nuint DecompressStream(nint context, ref Window output, ref Window input)
    {
        var to = new ZSTD_outBuffer_s { dst = output.Start, size = output.Size, pos = output.Position };
        var from = new ZSTD_inBuffer_s { src = input.Start, size = input.Size, pos = input.Position };
        var result = Methods.ZSTD_decompressStream((ZSTD_DCtx_s*)context, &to, &from);
        output.Position = to.pos;
        input.Position = from.pos;
        return result;
    }
}
