namespace ClassicBroker.Platform;

/// <summary>A name of the GSS-API library, released with it. Threading: one owner.</summary>
internal sealed class GssName(nint value) : IDisposable
{
    private nint _value = value;

    ~GssName() => Release();

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
            _ = GssCalls.ReleaseName(&minor, &value);
        }
    }
}
