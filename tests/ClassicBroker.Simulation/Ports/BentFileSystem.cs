using ClassicBroker.Platform;

namespace ClassicBroker.Simulation.Ports;

/// <summary>
/// A file system with a mistake in it, to stand for a storage layer that has it: each hook that is set replaces the call, which it gets to
/// make or not. Threading: as the file system below.
/// </summary>
internal sealed class BentFileSystem(IFileSystem inner) : IFileSystem
{
    public Action<string, Action>? OnSync { get; init; }

    public Action<string, Action>? OnRename { get; init; }

    public Action<string, Action>? OnDelete { get; init; }

    public Action<string, Action>? OnSyncDirectory { get; init; }

    /// <summary>Gets the file's path, what is written and where, and the call that takes them.</summary>
    public Action<string, byte[], long, Action<byte[], long>>? OnWrite { get; init; }

    /// <summary>Gets the file's path, what was read of it and where, and may change that.</summary>
    public Action<string, byte[], long>? OnRead { get; init; }

    /// <summary>Gets the file, and is to set its length.</summary>
    public Action<IBlockFile, long>? OnSetLength { get; init; }

    public IBlockFile Open(string path, FileOpenMode mode) => new BentFile(this, inner.Open(path, mode));

    public bool FileExists(string path) => inner.FileExists(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<DirectoryEntry> List(string path) => inner.List(path);

    public void Rename(string source, string destination) => Hooked(OnRename, destination, () => inner.Rename(source, destination));

    public void DeleteFile(string path) => Hooked(OnDelete, path, () => inner.DeleteFile(path));

    public void DeleteDirectory(string path) => inner.DeleteDirectory(path);

    public void SyncDirectory(string path) => Hooked(OnSyncDirectory, path, () => inner.SyncDirectory(path));

    public long LastWriteTimeMs(string path) => inner.LastWriteTimeMs(path);

    public void SetLastWriteTimeMs(string path, long unixMs) => inner.SetLastWriteTimeMs(path, unixMs);

    public VolumeSpace Space(string path) => inner.Space(path);

    public IDisposable? TryLock(string path) => inner.TryLock(path);

    private static void Hooked(Action<string, Action>? hook, string path, Action call)
    {
        if (hook is not null)
        {
            hook(path, call);
        }
        else
        {
            call();
        }
    }
}
