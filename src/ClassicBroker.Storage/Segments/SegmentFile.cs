using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// The log file of a segment: batches end to end. Opened when first needed, because most segments of most logs are never read.
/// Threading: any thread reads; appends, cuts and renames come one at a time under the log's lock.
/// </summary>
internal sealed class SegmentFile : IDisposable
{
    private readonly Lock _opening = new();
    private readonly PartitionDirectory _directory;
    private volatile IBlockFile? _file;
    private string _name;
    private int _size;
    private int _changes = 1;
    private int _changesSynced;
    private bool _isClosed;

    /// <param name="size">Bytes the file holds, as the directory lists it.</param>
    /// <param name="suffix">Behind the usual name, while the file waits to take its place.</param>
    public SegmentFile(PartitionDirectory directory, long baseOffset, long size, string suffix = "")
    {
        _directory = directory;
        _name = LogFileNames.Of(baseOffset, LogFileNames.LogSuffix) + suffix;
        if (size > int.MaxValue)
        {
            throw new StorageException("open", Path, 0, $"a segment of {size} bytes is too large");
        }

        _size = (int)size;
    }

    /// <summary>Bytes of batches; the file may be longer where it is preallocated.</summary>
    public int Size => Volatile.Read(ref _size);

    /// <summary>What the file holds is durable already, so that it takes a change to make a sync worth while.</summary>
    public bool IsSynced
    {
        init => _changesSynced = value ? _changes : 0;
    }

    public string Path => _directory.File(_name);

    public long LastWriteTimeMs
    {
        get
        {
            lock (_opening)
            {
                return _directory.LastWriteTimeMs(_name);
            }
        }
    }

    /// <summary>Creates the file; reserves <paramref name="preallocatedBytes"/> where they are not 0.</summary>
    public void Create(int preallocatedBytes)
    {
        var file = _directory.Open(_name, FileOpenMode.Truncate);
        _file = file;
        if (preallocatedBytes > 0)
        {
            file.Preallocate(preallocatedBytes);
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
            File().Write(records, size);
        }
        catch (StorageException failure)
        {
            CutFailedAppend(size, failure);
            throw;
        }

        Volatile.Write(ref _size, size + records.Length);
        Interlocked.Increment(ref _changes);
    }

    public int Read(Span<byte> destination, long position)
    {
        var left = Size - position;
        return left <= 0 ? 0 : File().Read(destination[..(int)Math.Min(destination.Length, left)], position);
    }

    /// <summary>A region on its way to a socket; null where the segment has been closed meanwhile.</summary>
    public FileRegion? TryRegion(int position, int length)
    {
        var file = TryFile();
        return file is not null && file.TryRetain() ? new FileRegion(file, position, length) : null;
    }

    /// <summary>Cuts the file; returns the bytes that went.</summary>
    public int TruncateTo(int size)
    {
        var cut = Size - size;
        if (cut > 0 || File().Length > size)
        {
            Volatile.Write(ref _size, size);
            File().SetLength(size);
            Interlocked.Increment(ref _changes);
        }

        return Math.Max(cut, 0);
    }

    /// <summary>Gives back what was preallocated.</summary>
    public void Trim()
    {
        if (File().Length > Size)
        {
            File().SetLength(Size);
        }
    }

    /// <summary>Makes the content durable, unless nothing has changed since the last time.</summary>
    public void Sync()
    {
        var changes = Volatile.Read(ref _changes);
        if (changes != Volatile.Read(ref _changesSynced))
        {
            File().Sync();
            Volatile.Write(ref _changesSynced, changes);
        }
    }

    public void Rename(string name)
    {
        lock (_opening)
        {
            _directory.Files.Rename(Path, _directory.File(name));
            _name = name;
        }
    }

    public void Delete()
    {
        Dispose();
        _directory.Files.DeleteFile(Path);
    }

    public void Dispose()
    {
        lock (_opening)
        {
            _isClosed = true;
            _file?.Dispose();
            _file = null;
        }
    }

    private void CutFailedAppend(int size, StorageException failure)
    {
        try
        {
            File().SetLength(size);
        }
        catch (StorageException second)
        {
            throw new StorageException(
                failure.Operation, failure.Path, failure.Errno, $"{failure.Message}; cutting the failed append off failed too: {second.Message}");
        }
    }

    private IBlockFile File() => TryFile() ?? throw new StorageException("open", Path, 0, "the segment is closed");

    private IBlockFile? TryFile()
    {
        if (_file is { } open)
        {
            return open;
        }

        lock (_opening)
        {
            return _isClosed ? null : _file ??= _directory.Open(_name, FileOpenMode.Existing);
        }
    }
}
