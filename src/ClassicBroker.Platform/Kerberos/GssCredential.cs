namespace ClassicBroker.Platform;

/// <summary>
/// A credential of the GSS-API library, released with it. Threading: any thread may use it until its owner disposes of it.
/// </summary>
internal sealed class GssCredential(nint value) : IDisposable
{
    private nint _value = value;

    ~GssCredential() => Release();

    public nint Value => _value;

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private unsafe void Release()
    {
        var value = Interlocked.Exchange(ref _value, 0);
        if (value != 0)
        {
            uint minor;
            _ = GssCalls.ReleaseCredential(&minor, &value);
        }
    }
}
