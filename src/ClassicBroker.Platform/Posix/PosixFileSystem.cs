using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>The operating system's files. Threading: stateless, any thread.</summary>
public sealed unsafe class PosixFileSystem : IFileSystem
{
    private const uint ModeOfFiles = 0b110_100_100; // rw-r--r--
    private const int MillisecondsPerSecond = 1000;
    private const int NanosecondsPerMillisecond = 1_000_000;

    private static readonly EnumerationOptions AllEntries = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public IBlockFile Open(string path, FileOpenMode mode) => OpenFile(path, FlagsOf(mode));

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path) => Managed("mkdir", path, () => Directory.CreateDirectory(path));

    public IReadOnlyList<DirectoryEntry> List(string path) => Managed(
        "readdir",
        path,
        () =>
        {
            var entries = new FileSystemEnumerable<DirectoryEntry>(
                path,
                static (ref FileSystemEntry entry) =>
                    new(entry.FileName.ToString(), entry.IsDirectory, entry.IsDirectory ? 0 : entry.Length),
                AllEntries).ToList();
            entries.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        });

    public void Rename(string source, string destination) => Check("rename", source, FileCalls.Rename(source, destination));

    public void DeleteFile(string path)
    {
        if (FileCalls.Unlink(path) != 0 && Marshal.GetLastPInvokeError() is not Errno.NoEntry and var errno)
        {
            throw Failed("unlink", path, errno);
        }
    }

    public void DeleteDirectory(string path) => Managed(
        "rmdir",
        path,
        () =>
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            return true;
        });

    public void SyncDirectory(string path)
    {
        using var directory = OpenFile(path, FileCalls.ReadOnly);
        directory.Sync();
    }

    public long LastWriteTimeMs(string path) => Managed(
        "stat",
        path,
        () => File.Exists(path) || Directory.Exists(path)
            ? new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds()
            : throw Failed("stat", path, Errno.NoEntry));

    public void SetLastWriteTimeMs(string path, long unixMs)
    {
        var (seconds, milliseconds) = Math.DivRem(unixMs, MillisecondsPerSecond);
        var times = stackalloc long[] { 0, FileCalls.OmitTime, seconds, milliseconds * NanosecondsPerMillisecond };
        Check("utimensat", path, FileCalls.SetTimes(FileCalls.CurrentDirectory, path, times, 0));
    }

    /// <remarks><c>struct statvfs</c>: 1 fragment size, 2 blocks in all, 4 blocks free to ordinary users.</remarks>
    public VolumeSpace Space(string path)
    {
        var status = stackalloc long[32];
        Check("statvfs", path, FileCalls.VolumeStatus(path, status));
        return new(status[1] * status[2], status[1] * status[4]);
    }

    public IDisposable? TryLock(string path)
    {
        var file = OpenFile(path, FlagsOf(FileOpenMode.OpenOrCreate));
        var request = new FileLockRequest { Type = FileCalls.WriteLock };
        if (FileCalls.Control(file.Descriptor, FileCalls.SetOpenFileLock, &request) == 0)
        {
            return new PosixFileLock(file);
        }

        var errno = Marshal.GetLastPInvokeError();
        file.Dispose();
        return errno is Errno.Again or Errno.AccessDenied ? null : throw Failed("fcntl", path, errno);
    }

    private static int FlagsOf(FileOpenMode mode) => mode switch
    {
        FileOpenMode.Read => FileCalls.ReadOnly,
        FileOpenMode.Existing => FileCalls.ReadWrite,
        FileOpenMode.OpenOrCreate => FileCalls.ReadWrite | FileCalls.Create,
        FileOpenMode.CreateNew => FileCalls.ReadWrite | FileCalls.Create | FileCalls.Exclusive,
        FileOpenMode.Truncate => FileCalls.ReadWrite | FileCalls.Create | FileCalls.Truncate,
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    private static PosixFile OpenFile(string path, int flags)
    {
        while (true)
        {
            var descriptor = FileCalls.Open(path, flags | FileCalls.CloseOnExec, ModeOfFiles);
            if (descriptor >= 0)
            {
                return new(path, descriptor);
            }

            if (Marshal.GetLastPInvokeError() is not Errno.Interrupted and var errno)
            {
                throw Failed("open", path, errno);
            }
        }
    }

    private static void Check(string operation, string path, int result)
    {
        if (result != 0)
        {
            throw Failed(operation, path, Marshal.GetLastPInvokeError());
        }
    }

    private static T Managed<T>(string operation, string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DirectoryNotFoundException)
        {
            throw Failed(operation, path, Errno.NoEntry);
        }
        catch (UnauthorizedAccessException)
        {
            throw Failed(operation, path, Errno.AccessDenied);
        }
        catch (IOException failure) when (failure is not StorageException)
        {
            // On Unix the base library puts the error number into HResult where it has one.
            throw new StorageException(operation, path, failure.HResult > 0 ? failure.HResult : 0, failure.Message);
        }
    }

    private static StorageException Failed(string operation, string path, int errno) => new(operation, path, errno, Errno.Describe(errno));
}
