using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// A file of a segment that is opened when it is needed and closed again when others are needed more (<see cref="OpenFileCache"/>). Most
/// files of most logs are never read. Threading: any thread reads; what changes the file comes one at a time; syncs may run beside all of
/// it.
/// </summary>
/// <param name="mode">How it is opened: whether it may be missing.</param>
internal sealed class CachedFile(PartitionDirectory directory, string name, OpenFileCache cache, FileOpenMode mode) : IDisposable
{
    private readonly Lock _opening = new();
    private volatile IBlockFile? _file;
    private volatile bool _isUsed;
    private volatile bool _isClosed;
    private string _name = name;
    private int _changes;
    private int _changesSynced;
    private volatile bool _mayBeUnsynced;

    public string Path => directory.File(_name);

    public bool IsOpen => _file is not null;

    public bool IsClosed => _isClosed;

    /// <summary>Has it changes that are not durable?</summary>
    public bool IsDirty => Volatile.Read(ref _changes) != Volatile.Read(ref _changesSynced);

    public long LastWriteTimeMs
    {
        get
        {
            lock (_opening)
            {
                return directory.LastWriteTimeMs(_name);
            }
        }

        set
        {
            lock (_opening)
            {
                directory.Files.SetLastWriteTimeMs(Path, value);
            }
        }
    }

    public long Length
    {
        get
        {
            while (true)
            {
                var file = File();
                try
                {
                    return file.Length;
                }
                catch (ObjectDisposedException) when (!_isClosed)
                {
                    // Closed by the cache in between, here and below: opened again.
                }
            }
        }
    }

    /// <summary>What the file holds was written by an earlier process and may not be durable.</summary>
    public void MarkUnsynced() => _mayBeUnsynced = true;

    /// <summary>Rewrites the file. Empty, it has nothing to sync but its name, which is its directory's affair.</summary>
    public void Create()
    {
        lock (_opening)
        {
            _file = directory.Open(_name, FileOpenMode.Truncate);
        }

        _mayBeUnsynced = false;
        cache.Add(this);
    }

    public int Read(Span<byte> destination, long position)
    {
        while (true)
        {
            var file = File();
            try
            {
                return file.Read(destination, position);
            }
            catch (ObjectDisposedException) when (!_isClosed)
            {
            }
        }
    }

    public void Write(ReadOnlySpan<byte> source, long position)
    {
        // Before, so that the file stays open; and after, so that a sync that began in between does not count for this.
        NoteChange();
        while (true)
        {
            var file = File();
            try
            {
                file.Write(source, position);
                NoteChange();
                return;
            }
            catch (ObjectDisposedException) when (!_isClosed)
            {
            }
        }
    }

    /// <param name="isChange">False where the new length need not be durable.</param>
    public void SetLength(long length, bool isChange = true)
    {
        while (true)
        {
            var file = File();
            try
            {
                file.SetLength(length);
                if (isChange)
                {
                    NoteChange();
                }

                return;
            }
            catch (ObjectDisposedException) when (!_isClosed)
            {
            }
        }
    }

    public void Preallocate(long length) => File().Preallocate(length);

    /// <summary>Makes the content durable, unless nothing has changed since the last time.</summary>
    public void Sync()
    {
        var changes = Volatile.Read(ref _changes);
        if (changes == Volatile.Read(ref _changesSynced) && !_mayBeUnsynced)
        {
            return;
        }

        while (true)
        {
            var file = File();
            try
            {
                file.Sync();
                Volatile.Write(ref _changesSynced, changes);
                _mayBeUnsynced = false;
                return;
            }
            catch (ObjectDisposedException) when (!_isClosed)
            {
            }
        }
    }

    /// <summary>A region on its way to a socket, which keeps the file open; null where the segment has been closed.</summary>
    public FileRegion? TryRegion(int position, int length)
    {
        while (!_isClosed)
        {
            if (TryFile() is { } file && file.TryRetain())
            {
                return new FileRegion(file, position, length);
            }
        }

        return null;
    }

    /// <param name="isOnDisk">False where it has never been made, so that only its name changes.</param>
    public void Rename(string newName, bool isOnDisk = true)
    {
        lock (_opening)
        {
            if (isOnDisk)
            {
                directory.Files.Rename(Path, directory.File(newName));
            }

            _name = newName;
        }
    }

    public void Delete()
    {
        Dispose();
        directory.Files.DeleteFile(Path);
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

    /// <summary>
    /// Closes the file for others to be open. False where it is needed itself: it has been used since the last time, is being opened, or
    /// would lose an error of the disk.
    /// </summary>
    internal bool TryEvict(bool evenIfUsed = false)
    {
        // Never waits: the file may be being opened by a thread that wants to close another one's.
        if (!_opening.TryEnter())
        {
            return false;
        }

        try
        {
            if (!_isClosed && ((_isUsed && !evenIfUsed) || (IsDirty && cache.KeepsUnsynced)))
            {
                _isUsed = false;
                return false;
            }

            _file?.Dispose();
            _file = null;
            return true;
        }
        finally
        {
            _opening.Exit();
        }
    }

    private void NoteChange() => Interlocked.Increment(ref _changes);

    private IBlockFile File() => TryFile() ?? throw new StorageException("open", Path, 0, "the segment is closed");

    private IBlockFile? TryFile()
    {
        if (!_isUsed)
        {
            _isUsed = true;
        }

        if (_file is { } open)
        {
            return open;
        }

        lock (_opening)
        {
            if (_isClosed || _file is not null)
            {
                return _file;
            }

            _file = open = directory.Open(_name, mode);
        }

        cache.Add(this);
        return open;
    }
}
