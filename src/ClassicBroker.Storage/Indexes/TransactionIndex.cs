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
    private readonly long _baseOffset;
    private readonly List<AbortedTransaction> _entries = [];
    private readonly CachedFile _file;
    private bool _isOnDisk;
    private bool _isLoaded;

    public TransactionIndex(PartitionDirectory directory, long baseOffset, bool isOnDisk)
    {
        _baseOffset = baseOffset;
        _file = new CachedFile(
            directory, LogFileNames.Of(baseOffset, LogFileNames.TransactionIndexSuffix), directory.OpenIndexes, FileOpenMode.OpenOrCreate);
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
            _isOnDisk = true;
            _file.Write(entry, (long)_entries.Count * EntrySize);
            _entries.Add(aborted);
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
                _file.SetLength((long)kept * EntrySize);
            }
        }
    }

    /// <summary>Forgets every entry, for the index to be rebuilt.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _entries.Clear();
            _isLoaded = true;
            if (_isOnDisk)
            {
                _file.SetLength(0);
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
    public void Sync() => _file.Sync();

    public void Rename(string suffix)
    {
        lock (_lock)
        {
            _file.Rename(LogFileNames.Of(_baseOffset, LogFileNames.TransactionIndexSuffix) + suffix, _isOnDisk);
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            _file.Delete();
            _isOnDisk = false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    private void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        if (_isOnDisk && !TryReadEntries(_entries))
        {
            throw new StorageException("read", _file.Path, 0, "the transaction index is corrupt");
        }

        _isLoaded = true;
    }

    private bool TryReadEntries(List<AbortedTransaction> entries)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        for (var position = 0L; _file.Read(entry, position) == EntrySize; position += EntrySize)
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
}
