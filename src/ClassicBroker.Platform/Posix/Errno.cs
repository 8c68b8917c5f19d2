using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>Linux error numbers this product tells apart, and the words for all of them.</summary>
public static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int Io = 5;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int FileTableFull = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int BrokenPipe = 32;
    public const int NotEmpty = 39;
    public const int NotSupported = 95;
    public const int AddressInUse = 98;
    public const int AddressNotAvailable = 99;
    public const int NetworkUnreachable = 101;
    public const int ConnectionAborted = 103;
    public const int ConnectionReset = 104;
    public const int NoBuffers = 105;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;
    public const int QuotaExceeded = 122;

    /// <summary>The system's sentence and, where known, the constant, such as <c>No space left on device (ENOSPC)</c>.</summary>
    public static string Describe(int errno)
    {
        var text = Marshal.GetPInvokeErrorMessage(errno);
        return Name(errno) is { } name ? $"{text} ({name})" : $"{text} (errno {errno})";
    }

    private static string? Name(int errno) => errno switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        Io => "EIO",
        BadDescriptor => "EBADF",
        AccessDenied => "EACCES",
        Exists => "EEXIST",
        NotDirectory => "ENOTDIR",
        IsDirectory => "EISDIR",
        Invalid => "EINVAL",
        FileTableFull => "ENFILE",
        TooManyFiles => "EMFILE",
        NoSpace => "ENOSPC",
        ReadOnlyFileSystem => "EROFS",
        BrokenPipe => "EPIPE",
        NotEmpty => "ENOTEMPTY",
        AddressInUse => "EADDRINUSE",
        AddressNotAvailable => "EADDRNOTAVAIL",
        NetworkUnreachable => "ENETUNREACH",
        ConnectionReset => "ECONNRESET",
        TimedOut => "ETIMEDOUT",
        ConnectionRefused => "ECONNREFUSED",
        HostUnreachable => "EHOSTUNREACH",
        QuotaExceeded => "EDQUOT",
        _ => null,
    };
}
