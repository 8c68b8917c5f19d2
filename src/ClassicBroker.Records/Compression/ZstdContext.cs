using Microsoft.Win32.SafeHandles;

namespace ClassicBroker.Records;

/// <summary>A native zstd context; freed when closed, or when forgotten.</summary>
internal sealed class ZstdContext : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly bool _isCompressor;

    private ZstdContext(nint context, bool isCompressor)
        : base(ownsHandle: true)
    {
        _isCompressor = isCompressor;
        SetHandle(context);
    }

    /// <summary>Valid until the context is closed, by the one who owns it.</summary>
    public nint Pointer => handle;

    public static ZstdContext NewCompressor() => new(ZstdLibrary.Instance.CreateCompressor(), isCompressor: true);

    public static ZstdContext NewDecompressor() => new(ZstdLibrary.Instance.CreateDecompressor(), isCompressor: false);

    protected override bool ReleaseHandle()
    {
        if (_isCompressor)
        {
            ZstdLibrary.Instance.FreeCompressor(handle);
        }
        else
        {
            ZstdLibrary.Instance.FreeDecompressor(handle);
        }

        return true;
    }
}
