namespace ClassicBroker.Platform;

/// <summary>
/// Files as clients need them on any system that .NET runs on: to be read, such as key stores and tokens. What changes a file is refused; a
/// broker's files are <see cref="PosixFileSystem"/>'s. Threading: stateless, any thread.
/// </summary>
public sealed class ReadOnlyFileSystem : IFileSystem
{
    public IBlockFile Open(string path, FileOpenMode mode)
    {
        if (mode != FileOpenMode.Read)
        {
            throw Refused();
        }

        try
        {
            return new ReadOnlyFile(path, File.OpenHandle(path));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StorageException("open", path, Errno.NoEntry, "There is no such file");
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StorageException("open", path, Errno.AccessDenied, denied.Message);
        }
        catch (IOException failure)
        {
            throw new StorageException("open", path, 0, failure.Message);
        }
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public long LastWriteTimeMs(string path) => File.Exists(path) || Directory.Exists(path)
        ? new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds()
        : throw new StorageException("stat", path, Errno.NoEntry, "There is no such file");

    public IReadOnlyList<DirectoryEntry> List(string path)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(path).EnumerateFileSystemInfos()
                    .Select(entry => entry is FileInfo file ? new DirectoryEntry(file.Name, false, file.Length) : new(entry.Name, true, 0))
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal),
            ];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("readdir", path, 0, failure.Message);
        }
    }

    public void CreateDirectory(string path) => throw Refused();

    public void Rename(string source, string destination) => throw Refused();

    public void DeleteFile(string path) => throw Refused();

    public void DeleteDirectory(string path) => throw Refused();

    public void SyncDirectory(string path) => throw Refused();

    public void SetLastWriteTimeMs(string path, long unixMs) => throw Refused();

    public VolumeSpace Space(string path) => throw Refused();

    public IDisposable? TryLock(string path) => throw Refused();

    internal static NotSupportedException Refused() => new("Clients read files and change none.");
}
