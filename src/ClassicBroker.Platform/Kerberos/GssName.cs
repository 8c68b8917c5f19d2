namespace ClassicBroker.Platform;

/// <summary>A name of the GSS-API library, released with it. Threading: one owner.</summary>
internal sealed class GssName(nint value) : GssResource(value)
{
    protected override unsafe void Release(nint value)
    {
        uint minor;
        _ = GssCalls.ReleaseName(&minor, &value);
    }
}
