using ClassicBroker.Platform;

namespace ClassicBroker.Simulation.Ports;

/// <summary>An open file of a <see cref="BentFileSystem"/>.</summary>
internal sealed class BentFile(BentFileSystem system, IBlockFile inner) : IBlockFile
{
    public string Path => inner.Path;

    public long Length => inner.Length;

    public int Read(Span<byte> destination, long position)
    {
        var count = inner.Read(destination, position);
        if (system.OnRead is { } hook)
        {
            var bytes = destination[..count].ToArray();
            hook(inner.Path, bytes, position);
            bytes.CopyTo(destination);
        }

        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long position)
    {
        if (system.OnWrite is { } hook)
        {
            hook(inner.Path, source.ToArray(), position, (bytes, at) => inner.Write(bytes, at));
        }
        else
        {
            inner.Write(source, position);
        }
    }

    public void SetLength(long length)
    {
        if (system.OnSetLength is { } hook)
        {
            hook(inner, length);
        }
        else
        {
            inner.SetLength(length);
        }
    }

    public void Preallocate(long length) => inner.Preallocate(length);

    public void Sync()
    {
        if (system.OnSync is { } hook)
        {
            hook(inner.Path, inner.Sync);
        }
        else
        {
            inner.Sync();
        }
    }

    public bool TryRetain() => inner.TryRetain();

    public void Release() => inner.Release();

    public void Dispose() => inner.Dispose();
}
