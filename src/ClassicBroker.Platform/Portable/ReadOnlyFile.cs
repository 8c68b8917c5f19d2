using Microsoft.Win32.SafeHandles;

namespace ClassicBroker.Platform;

/// <summary>A file open for reading on any system. Closed by its owner; no region of it is sent. Threading: any thread.</summary>
internal sealed class ReadOnlyFile(string path, SafeFileHandle handle) : IBlockFile
{
    public string Path => path;

    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> destination, long position)
    {
        try
        {
            var total = 0;
            while (total < destination.Length && RandomAccess.Read(handle, destination[total..], position + total) is > 0 and var count)
            {
                total += count;
            }

            return total;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("read", path, 0, failure.Message);
        }
    }

    public void Write(ReadOnlySpan<byte> source, long position) => throw ReadOnlyFileSystem.Refused();

    public void SetLength(long length) => throw ReadOnlyFileSystem.Refused();

    public void Preallocate(long length) => throw ReadOnlyFileSystem.Refused();

    public void Sync() => throw ReadOnlyFileSystem.Refused();

    public bool TryRetain() => throw ReadOnlyFileSystem.Refused();

    public void Release() => throw ReadOnlyFileSystem.Refused();

    public void Dispose() => handle.Dispose();
}
