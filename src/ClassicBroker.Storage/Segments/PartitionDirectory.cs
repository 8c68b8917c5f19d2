using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Where the files of one log lie. The path changes when the log is marked for deletion or takes the place of another, and files opened
/// later are looked for in the new place. Threading: any thread reads and opens; only the log's lock holder renames. Files are opened late,
/// by readers who hold no lock of the log, so that opening and renaming keep out of each other's way here.
/// </summary>
internal sealed class PartitionDirectory(StorageEnvironment environment, string path)
{
    private readonly Lock _renaming = new();
    private volatile string _path = path;

    public IFileSystem Files { get; } = environment.Files;

    /// <summary>Which log files of segments are open.</summary>
    public OpenFileCache OpenSegments { get; } = environment.OpenSegments;

    /// <summary>Which index files are open.</summary>
    public OpenFileCache OpenIndexes { get; } = environment.OpenIndexes;

    public string Path => _path;

    public string Parent => System.IO.Path.GetDirectoryName(_path)!;

    public string File(string name) => System.IO.Path.Join(_path, name);

    public IBlockFile Open(string name, FileOpenMode mode)
    {
        try
        {
            return OpenNow(name, mode);
        }
        catch (StorageException failure) when (failure.IsOutOfFiles)
        {
            OpenIndexes.EvictAll();
            OpenSegments.EvictAll();
            return OpenNow(name, mode);
        }
    }

    public long LastWriteTimeMs(string name)
    {
        lock (_renaming)
        {
            return Files.LastWriteTimeMs(File(name));
        }
    }

    /// <summary>Makes the names of its files durable.</summary>
    public void SyncEntries()
    {
        while (true)
        {
            // Not under the lock, which readers take to open files.
            var path = _path;
            try
            {
                Files.SyncDirectory(path);
                return;
            }
            catch (StorageException failure) when (failure.IsNotFound && IsRenamedSince(path))
            {
                // It lies elsewhere since; nothing has been synced.
            }
        }
    }

    /// <summary>Gives the directory another name, which is durable once that has been noted in the directory above and synced.</summary>
    public void Rename(string newPath)
    {
        lock (_renaming)
        {
            Files.Rename(_path, newPath);
            _path = newPath;
        }
    }

    private IBlockFile OpenNow(string name, FileOpenMode mode)
    {
        lock (_renaming)
        {
            return Files.Open(File(name), mode);
        }
    }

    private bool IsRenamedSince(string path)
    {
        lock (_renaming)
        {
            return path != _path;
        }
    }
}
