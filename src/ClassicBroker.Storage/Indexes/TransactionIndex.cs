using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// The aborted transactions whose markers lie in one segment (KIP-98), in the order of the markers. Few, so that all of them are held in
/// memory once one is asked for; the file exists only where there is one. Threading: safe from any thread; one appends at a time.
/// </summary>
internal sealed class TransactionIndex : IDisposable
{
    private const int EntrySize = TransactionIndexEntry.Size;

    private readonly Lock _lock = new();
    private readonly PartitionDirectory _directory;
    private readonly long _baseOffset;
    private readonly List<AbortedTransaction> _entries = [];
    private IBlockFile? _file;
    private string _name;
    private bool _isOnDisk;
    private bool _isLoaded;
    private bool _isClosed;
    private int _changes;
    private int _changesSynced;

    public TransactionIndex(PartitionDirectory directory, long baseOffset, bool isOnDisk)
    {
        _directory = directory;
        _baseOffset = baseOffset;
        _name = LogFileNames.Of(baseOffset, LogFileNames.TransactionIndexSuffix);
        _isOnDisk = isOnDisk;
    }

    public void Append(AbortedTransaction aborted)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        TransactionIndexEntry.Write(entry, aborted);
        lock (_lock)
        {
            Load();
            Primitives.Invariant.Require(_entries.Count == 0 || _entries[^1].LastOffset < aborted.LastOffset);
            File().Write(entry, (long)_entries.Count * EntrySize);
            _entries.Add(aborted);
            _changes++;
        }
    }

    /// <summary>
    /// Adds those that touch [<paramref name="fetchOffset"/>, <paramref name="upperBoundOffset"/>) to <paramref name="found"/>. True where
    /// no later segment can hold more.
    /// </summary>
    public bool Collect(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found)
    {
        lock (_lock)
        {
            Load();
            foreach (var aborted in _entries)
            {
                if (aborted.LastOffset >= fetchOffset && aborted.FirstOffset < upperBoundOffset)
                {
                    found.Add(aborted);
                }

                if (aborted.LastStableOffset >= upperBoundOffset)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Keeps the entries whose markers lie below <paramref name="offset"/>.</summary>
    public void TruncateTo(long offset)
    {
        lock (_lock)
        {
            Load();
            var kept = _entries.FindIndex(entry => entry.LastOffset >= offset);
            if (kept >= 0)
            {
                _entries.RemoveRange(kept, _entries.Count - kept);
                File().SetLength((long)kept * EntrySize);
                _changes++;
            }
        }
    }

    /// <summary>Forgets every entry, for the index to be made anew.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _entries.Clear();
            _isLoaded = true;
            if (_isOnDisk)
            {
                File().SetLength(0);
                _changes++;
            }
        }
    }

    /// <summary>Does every entry make sense? A shorter last one, torn off by a crash, is passed over.</summary>
    public bool IsSane()
    {
        lock (_lock)
        {
            return !_isOnDisk || TryReadEntries([]);
        }
    }

    /// <summary>Makes the entries durable, without keeping readers waiting for the disk.</summary>
    public void Sync()
    {
        IBlockFile? file;
        int changes;
        lock (_lock)
        {
            changes = _changes;
            file = changes == _changesSynced ? null : File();
        }

        file?.Sync();
        lock (_lock)
        {
            _changesSynced = Math.Max(_changesSynced, changes);
        }
    }

    public void Rename(string suffix)
    {
        lock (_lock)
        {
            var name = LogFileNames.Of(_baseOffset, LogFileNames.TransactionIndexSuffix) + suffix;
            if (_isOnDisk)
            {
                _directory.Files.Rename(_directory.File(_name), _directory.File(name));
            }

            _name = name;
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            Close();
            _directory.Files.DeleteFile(_directory.File(_name));
            _isOnDisk = false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Close();
        }
    }

    private void Close()
    {
        _isClosed = true;
        _file?.Dispose();
        _file = null;
    }

    private void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        if (_isOnDisk && !TryReadEntries(_entries))
        {
            throw new StorageException("read", _directory.File(_name), 0, "the transaction index is corrupt");
        }

        _isLoaded = true;
    }

    private bool TryReadEntries(List<AbortedTransaction> entries)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        var file = File();
        for (var position = 0L; file.Read(entry, position) == EntrySize; position += EntrySize)
        {
            var (version, aborted) = TransactionIndexEntry.Read(entry);
            var isInOrder = entries.Count == 0 || entries[^1].LastOffset < aborted.LastOffset;
            if (version > TransactionIndexEntry.CurrentVersion || aborted.LastOffset < _baseOffset || !isInOrder)
            {
                return false;
            }

            entries.Add(aborted);
        }

        return true;
    }

    private IBlockFile File()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_file is null)
        {
            _file = _directory.Open(_name, FileOpenMode.OpenOrCreate);
            _isOnDisk = true;
        }

        return _file;
    }
}
