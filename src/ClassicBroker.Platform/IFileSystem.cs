namespace ClassicBroker.Platform;

/// <summary>
/// Files and directories, with every failure reported: all members throw <see cref="StorageException"/> and nothing else when the
/// operating system refuses. Nothing is durable until <see cref="IBlockFile.Sync"/> and <see cref="SyncDirectory"/> have returned.
/// Safe from any thread. All calls block.
/// </summary>
public interface IFileSystem
{
    /// <summary>Opens a file for reading and writing at positions, or for reading only with <see cref="FileOpenMode.Read"/>.</summary>
    IBlockFile Open(string path, FileOpenMode mode);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates the directory and its missing parents; no failure where it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>What a directory holds, without "." and "..", sorted ordinally by name.</summary>
    IReadOnlyList<DirectoryEntry> List(string path);

    /// <summary>Replaces <paramref name="destination"/> atomically where it is a file. Works on directories too.</summary>
    void Rename(string source, string destination);

    /// <summary>No failure where the file is gone already.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes the directory with all it holds; no failure where it is gone already.</summary>
    void DeleteDirectory(string path);

    /// <summary>Makes creations, renames and deletions in the directory durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Milliseconds since 1970, UTC.</summary>
    long LastWriteTimeMs(string path);

    void SetLastWriteTimeMs(string path, long unixMs);

    /// <summary>Space of the volume a path lies on.</summary>
    VolumeSpace Space(string path);

    /// <summary>Takes an exclusive lock on a file, creating it; null where another process holds it. Disposing releases.</summary>
    IDisposable? TryLock(string path);
}
