using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClassicBroker.Platform;

/// <summary>
/// An open file of the operating system. The descriptor closes when the owner has disposed it and the last holder has released it.
/// Threading: any thread; see <see cref="IBlockFile"/>.
/// </summary>
public sealed unsafe class PosixFile : IBlockFile
{
    private const int ZeroBlock = 64 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly int _descriptor;
    private int _holders = 1;
    private int _disposed;

    internal PosixFile(string path, int descriptor)
    {
        Path = path;
        _descriptor = descriptor;
        _handle = new(descriptor, ownsHandle: true);
    }

    public string Path { get; }

    public long Length
    {
        get
        {
            Hold();
            var length = FileCalls.Seek(_descriptor, 0, FileCalls.SeekEnd);
            var errno = Marshal.GetLastPInvokeError();
            Release();
            return length >= 0 ? length : throw Failed("lseek", errno);
        }
    }

    /// <summary>The descriptor, for <c>sendfile</c>. Good only while the caller retains the file.</summary>
    public int Descriptor => _descriptor;

    public int Read(Span<byte> destination, long position)
    {
        Hold();
        try
        {
            return ReadFully(destination, position);
        }
        finally
        {
            Release();
        }
    }

    public void Write(ReadOnlySpan<byte> source, long position)
    {
        Hold();
        try
        {
            WriteFully(source, position);
        }
        finally
        {
            Release();
        }
    }

    public void SetLength(long length)
    {
        Hold();
        try
        {
            Check("ftruncate", FileCalls.SetLength(_descriptor, length));
        }
        finally
        {
            Release();
        }
    }

    public void Preallocate(long length)
    {
        Hold();
        try
        {
            int result;
            int errno;
            do
            {
                result = FileCalls.Allocate(_descriptor, 0, 0, length);
                errno = Marshal.GetLastPInvokeError();
            }
            while (result != 0 && errno == Errno.Interrupted);

            if (result != 0 && errno == Errno.NotSupported)
            {
                WriteZeros(length);
            }
            else if (result != 0)
            {
                throw Failed("fallocate", errno);
            }
        }
        finally
        {
            Release();
        }
    }

    public void Sync()
    {
        Hold();
        try
        {
            Check("fsync", FileCalls.Sync(_descriptor));
        }
        finally
        {
            Release();
        }
    }

    public bool TryRetain()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                return true;
            }

            holders = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _handle.Dispose();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    public override string ToString() => Path;

    /// <summary>Keeps the number from being closed, and given to another file, under a call.</summary>
    private void Hold() => ObjectDisposedException.ThrowIf(!TryRetain(), this);

    private int ReadFully(Span<byte> destination, long position)
    {
        var read = 0;
        fixed (byte* start = destination)
        {
            while (read < destination.Length)
            {
                var count = FileCalls.Read(_descriptor, start + read, (nuint)(destination.Length - read), position + read);
                if (count > 0)
                {
                    read += (int)count;
                }
                else if (count == 0)
                {
                    break;
                }
                else
                {
                    ThrowUnlessInterrupted("pread");
                }
            }
        }

        return read;
    }

    private void WriteFully(ReadOnlySpan<byte> source, long position)
    {
        var written = 0;
        fixed (byte* start = source)
        {
            while (written < source.Length)
            {
                var count = FileCalls.Write(_descriptor, start + written, (nuint)(source.Length - written), position + written);
                if (count >= 0)
                {
                    written += (int)count;
                }
                else
                {
                    ThrowUnlessInterrupted("pwrite");
                }
            }
        }
    }

    // Zeros that were written, unlike a hole, have their room on the disk.
    private void WriteZeros(long length)
    {
        ReadOnlySpan<byte> zeros = new byte[ZeroBlock];
        for (var position = FileCalls.Seek(_descriptor, 0, FileCalls.SeekEnd); position < length; position += ZeroBlock)
        {
            WriteFully(zeros[..(int)Math.Min(ZeroBlock, length - position)], position);
        }
    }

    private void Check(string operation, int result)
    {
        if (result != 0)
        {
            throw Failed(operation, Marshal.GetLastPInvokeError());
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowUnlessInterrupted(string operation)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.Interrupted)
        {
            throw Failed(operation, errno);
        }
    }

    private StorageException Failed(string operation, int errno) => new(operation, Path, errno, Errno.Describe(errno));
}
