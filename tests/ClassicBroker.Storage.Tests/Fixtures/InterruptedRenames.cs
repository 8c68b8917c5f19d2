using ClassicBroker.Platform;

namespace ClassicBroker.Storage.Tests;

/// <summary>A disk on which something happens when a rename is done and whoever asked for it does not know yet.</summary>
internal sealed class InterruptedRenames(IFileSystem inner, Action<string> interrupt) : IFileSystem
{
    public void Rename(string source, string destination)
    {
        inner.Rename(source, destination);
        interrupt(source);
    }

    public IBlockFile Open(string path, FileOpenMode mode) => inner.Open(path, mode);

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<DirectoryEntry> List(string path) => inner.List(path);

    public void DeleteFile(string path) => inner.DeleteFile(path);

    public void DeleteDirectory(string path) => inner.DeleteDirectory(path);

    public void SyncDirectory(string path) => inner.SyncDirectory(path);

    public long LastWriteTimeMs(string path) => inner.LastWriteTimeMs(path);

    public void SetLastWriteTimeMs(string path, long unixMs) => inner.SetLastWriteTimeMs(path, unixMs);

    public VolumeSpace Space(string path) => inner.Space(path);

    public IDisposable? TryLock(string path) => inner.TryLock(path);
}
