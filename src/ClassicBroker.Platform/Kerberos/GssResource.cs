namespace ClassicBroker.Platform;

/// <summary>What the GSS-API library has made and is to be given back, at the latest by the finalizer.</summary>
internal abstract class GssResource(nint value) : IDisposable
{
    private nint _value = value;

    ~GssResource() => ReleaseOnce();

    public nint Value => _value;

    public void Dispose()
    {
        ReleaseOnce();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives it back to the library.</summary>
    protected abstract void Release(nint value);

    private void ReleaseOnce()
    {
        if (Interlocked.Exchange(ref _value, 0) is var value && value != 0)
        {
            Release(value);
        }
    }
}
