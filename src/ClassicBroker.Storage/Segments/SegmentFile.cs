using System.Buffers;
using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// The log file of a segment: batches end to end.
/// Threading: any thread reads; appends, cuts and renames come one at a time under the log's lock.
/// </summary>
internal sealed class SegmentFile : IDisposable
{
    private const int CopyBytes = 1 << 20;

    private readonly CachedFile _file;
    private int _size;

    /// <param name="size">Bytes the file holds, as the directory lists it.</param>
    /// <param name="isSynced">What it holds is durable already, so that it takes a change to make a sync worth while.</param>
    /// <param name="suffix">Behind the usual name, while the file waits to take its place.</param>
    public SegmentFile(PartitionDirectory directory, long baseOffset, long size, bool isSynced = false, string suffix = "")
    {
        _file = new CachedFile(
            directory, LogFileNames.Of(baseOffset, LogFileNames.LogSuffix) + suffix, directory.OpenSegments, FileOpenMode.Existing);
        if (size > int.MaxValue)
        {
            throw new StorageException("open", Path, 0, $"a segment of {size} bytes is too large");
        }

        _size = (int)size;
        if (!isSynced)
        {
            _file.MarkUnsynced();
        }
    }

    /// <summary>Bytes of batches; the file may be longer where it is preallocated.</summary>
    public int Size => Volatile.Read(ref _size);

    public string Path => _file.Path;

    public long LastWriteTimeMs => _file.LastWriteTimeMs;

    /// <summary>Creates the file; reserves <paramref name="preallocatedBytes"/> where they are not 0.</summary>
    public void Create(int preallocatedBytes)
    {
        _file.Create();
        if (preallocatedBytes > 0)
        {
            _file.Preallocate(preallocatedBytes);
        }
    }

    /// <summary>
    /// Appends in one write. Where the disk is full or fails, what was written of it is cut off again before the failure goes on.
    /// </summary>
    public void Append(ReadOnlySpan<byte> records)
    {
        var size = _size;
        try
        {
            _file.Write(records, size);
        }
        catch (StorageException failure)
        {
            CutFailedAppend(size, failure);
            throw;
        }

        Volatile.Write(ref _size, size + records.Length);
    }

    public int Read(Span<byte> destination, long position)
    {
        var left = Size - position;
        return left <= 0 ? 0 : _file.Read(destination[..(int)Math.Min(destination.Length, left)], position);
    }

    /// <inheritdoc cref="CachedFile.TryRegion"/>
    public FileRegion? TryRegion(int position, int length) => _file.TryRegion(position, length);

    /// <summary>Cuts the file; returns the bytes that went.</summary>
    public int TruncateTo(int size)
    {
        var cut = Size - size;
        if (cut > 0 || _file.Length > size)
        {
            Volatile.Write(ref _size, size);
            _file.SetLength(size);
        }

        return Math.Max(cut, 0);
    }

    /// <summary>Gives back what was preallocated.</summary>
    public void Trim()
    {
        if (_file.Length > Size)
        {
            _file.SetLength(Size, isChange: false);
        }
    }

    /// <inheritdoc cref="CachedFile.Sync"/>
    public void Sync() => _file.Sync();

    /// <summary>
    /// Writes the bytes from <paramref name="position"/> on once more as they are, so that the next sync brings them to the disk: where a
    /// sync failed, memory has what the disk does not, and the kernel no longer knows of it. The time of the last write stays.
    /// </summary>
    public void WriteAgain(int position)
    {
        var writtenMs = LastWriteTimeMs;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(CopyBytes, Math.Max(Size - position, 1)));
        try
        {
            for (int read; (read = Read(buffer, position)) > 0; position += read)
            {
                _file.Write(buffer.AsSpan(0, read), position);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _file.LastWriteTimeMs = writtenMs;
    }

    public void Rename(string name) => _file.Rename(name);

    public void Delete() => _file.Delete();

    public void Dispose() => _file.Dispose();

    private void CutFailedAppend(int size, StorageException failure)
    {
        try
        {
            _file.SetLength(size);
        }
        catch (StorageException second)
        {
            throw new StorageException(
                failure.Operation, failure.Path, failure.Errno, $"{failure.Message}; cutting the failed append off failed too: {second.Message}");
        }
    }
}
