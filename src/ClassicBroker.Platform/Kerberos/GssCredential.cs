namespace ClassicBroker.Platform;

/// <summary>
/// A credential of the GSS-API library, released with it. Threading: any thread may use it until its owner disposes of it.
/// </summary>
internal sealed class GssCredential(nint value) : GssResource(value)
{
    protected override unsafe void Release(nint value)
    {
        uint minor;
        _ = GssCalls.ReleaseCredential(&minor, &value);
    }
}
