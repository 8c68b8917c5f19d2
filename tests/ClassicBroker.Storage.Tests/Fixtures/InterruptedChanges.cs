using ClassicBroker.Platform;

namespace ClassicBroker.Storage.Tests;

/// <summary>A disk on which something happens when a change to its names is done and its caller does not know yet.</summary>
internal sealed class InterruptedChanges(IFileSystem inner) : IFileSystem
{
    public Action<string> Renamed { get; init; } = _ => { };

    public Action<string> Created { get; init; } = _ => { };

    public Action<string> Deleted { get; init; } = _ => { };

    /// <summary>Told of files that are opened to be read only, before they are.</summary>
    public Action<string> Read { get; init; } = _ => { };

    public void Rename(string source, string destination)
    {
        inner.Rename(source, destination);
        Renamed(source);
    }

    public void DeleteFile(string path)
    {
        inner.DeleteFile(path);
        Deleted(path);
    }

    public IBlockFile Open(string path, FileOpenMode mode)
    {
        if (mode == FileOpenMode.Read)
        {
            Read(path);
        }

        var file = inner.Open(path, mode);
        if (mode == FileOpenMode.Truncate)
        {
            Created(path);
        }

        return file;
    }

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<DirectoryEntry> List(string path) => inner.List(path);

    public void DeleteDirectory(string path) => inner.DeleteDirectory(path);

    public void SyncDirectory(string path) => inner.SyncDirectory(path);

    public long LastWriteTimeMs(string path) => inner.LastWriteTimeMs(path);

    public void SetLastWriteTimeMs(string path, long unixMs) => inner.SetLastWriteTimeMs(path, unixMs);

    public VolumeSpace Space(string path) => inner.Space(path);

    public IDisposable? TryLock(string path) => inner.TryLock(path);
}
