namespace ClassicBroker.Platform;

/// <summary>What takes several calls of an <see cref="IFileSystem"/>.</summary>
public static class FileSystemExtensions
{
    /// <summary>
    /// Creates a directory and those above it that are missing, so that a power cut does not take them again: each name is synced in the
    /// directory that holds it, from the top down.
    /// </summary>
    /// <exception cref="StorageException">The disk refuses.</exception>
    public static void CreateDurableDirectory(this IFileSystem files, string path)
    {
        if (files.DirectoryExists(path))
        {
            return;
        }

        var parent = Path.GetDirectoryName(path)!;
        files.CreateDurableDirectory(parent);
        files.CreateDirectory(path);
        files.SyncDirectory(parent);
    }

    /// <summary>The whole content of a file.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public static byte[] ReadAllBytes(this IFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        return bytes[..file.Read(bytes, 0)];
    }
}
