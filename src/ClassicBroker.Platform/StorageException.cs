namespace ClassicBroker.Platform;

/// <summary>
/// The disk is wrong: an operation on <see cref="Path"/> was refused. The owner of the log directory takes it offline; nothing retries.
/// </summary>
public sealed class StorageException : IOException
{
    public StorageException(string operation, string path, int errno, string reason)
        : base($"{operation} {path}: {reason}")
    {
        Operation = operation;
        Path = path;
        Errno = errno;
    }

    /// <summary>The system call or step that failed, such as <c>fsync</c>.</summary>
    public string Operation { get; }

    public string Path { get; }

    /// <summary>The operating system's error number, 0 where the failure is not its.</summary>
    public int Errno { get; }

    /// <summary>Was it refused because too many files are open, here or on the machine?</summary>
    public bool IsOutOfFiles => Errno is Platform.Errno.TooManyFiles or Platform.Errno.FileTableFull;

    /// <summary>Was it refused because there is nothing of that name?</summary>
    public bool IsNotFound => Errno == Platform.Errno.NoEntry;
}
