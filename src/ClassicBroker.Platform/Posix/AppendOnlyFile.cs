using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClassicBroker.Platform;

/// <summary>
/// A file that several processes append to: the system puts each write behind all that is there, whole. Owned by its
/// opener. Threading: one caller at a time.
/// </summary>
public sealed unsafe class AppendOnlyFile : IDisposable
{
    private const uint OwnerWritesAllRead = 0b110_100_100;

    private readonly SafeFileHandle _handle;
    private readonly int _descriptor;
    private readonly string? _nameAtOpen;

    private AppendOnlyFile(string path, int descriptor)
    {
        Path = path;
        _descriptor = descriptor;
        _handle = new(descriptor, ownsHandle: true);
        _nameAtOpen = CurrentName;
    }

    public string Path { get; }

    public long Length => FileCalls.Seek(_descriptor, 0, FileCalls.SeekEnd);

    /// <summary>True once the file has been renamed or deleted, and <see cref="Path"/> names another or none.</summary>
    public bool IsMoved => CurrentName != _nameAtOpen;

    /// <summary>What the system calls the file now, links resolved.</summary>
    private string? CurrentName => new FileInfo($"/proc/self/fd/{_descriptor}").LinkTarget;

    /// <summary>Opens the file, made where there is none.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static AppendOnlyFile Open(string path)
    {
        var descriptor = FileCalls.Open(
            path, FileCalls.WriteOnly | FileCalls.Append | FileCalls.Create | FileCalls.CloseOnExec, OwnerWritesAllRead);
        return descriptor >= 0 ? new(path, descriptor) : throw Failed(path);
    }

    /// <summary>Appends the content in one write, so that nothing of another process gets in between.</summary>
    /// <exception cref="IOException">It could not be written, or not all of it.</exception>
    public void Append(ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            // The position counts for nothing in a file that is open for appending.
            nint written;
            do
            {
                written = FileCalls.Write(_descriptor, start, (nuint)content.Length, position: 0);
            }
            while (written < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

            if (written < 0)
            {
                throw Failed(Path);
            }

            if (written < content.Length)
            {
                throw new IOException($"{Path}: {Errno.Describe(Errno.NoSpace)}");
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private static IOException Failed(string path) => new($"{path}: {Errno.Describe(Marshal.GetLastPInvokeError())}");
}
