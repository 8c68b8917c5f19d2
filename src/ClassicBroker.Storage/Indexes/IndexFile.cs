using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// A file of entries of one size, appended at the end and read by number. The newest entries stay in memory, where nearly all lookups end
/// and where appends are gathered; a crash costs those that were not written yet, and recovery makes them again from the log. While the
/// segment is active the file is as long as the index may grow, as Kafka leaves it; trimming cuts it to its entries.
/// Threading: not safe; the index that owns it locks.
/// </summary>
/// <remarks>Read and written at positions, never mapped: storing into a sparse map on a full disk kills the process.</remarks>
internal sealed class IndexFile(
    PartitionDirectory directory, string name, int entrySize, long lengthOnDisk, bool isOnDisk) : IDisposable
{
    /// <summary>Bytes kept of the tail, Kafka's "warm section".</summary>
    private const int TailBytes = 8192;

    private const int LeastTailEntries = 16;

    /// <summary>Bytes read at once when a search on disk has come that close.</summary>
    private const int BlockBytes = 1024;

    private readonly int _tailCapacity = TailBytes / entrySize;
    private readonly CachedFile _file = new(directory, name, directory.OpenIndexes, FileOpenMode.OpenOrCreate);
    private byte[] _tail = [];
    private int _tailStart = (int)(lengthOnDisk / entrySize);
    private int _onFile = (int)(lengthOnDisk / entrySize);
    private bool _isOnDisk = isOnDisk;
    private bool _isSearched;

    /// <summary>Entries, whether written already or not.</summary>
    public int Count { get; private set; } = (int)(lengthOnDisk / entrySize);

    public string Path => _file.Path;

    /// <summary>Is every entry in memory, or has the file been searched since it was opened?</summary>
    public bool IsWarm => _tailStart == 0 || (_isSearched && _file.IsOpen);

    public void Read(int entry, Span<byte> destination)
    {
        if (entry >= _tailStart)
        {
            TailEntry(entry).CopyTo(destination);
        }
        else
        {
            ReadBlock(destination, entry, 1);
        }
    }

    /// <summary>
    /// The last entry whose key is not above <paramref name="key"/>; -1 where all are. Keys never fall from entry to entry.
    /// </summary>
    public int FloorSlot(long key, IndexKey keyOf)
    {
        if (_tailStart < Count && keyOf(TailEntry(_tailStart)) <= key)
        {
            return FloorInTail(key, keyOf);
        }

        _isSearched = true;
        Span<byte> block = stackalloc byte[BlockBytes / entrySize * entrySize];
        var (low, high) = (0, _tailStart - 1);
        while ((high - low + 1) * entrySize > block.Length)
        {
            var middle = (low + high) >>> 1;
            Read(middle, block);
            (low, high) = keyOf(block[..entrySize]) <= key ? (middle, high) : (low, middle - 1);
        }

        var entries = ReadBlock(block, low, high - low + 1);
        var below = 0;
        while (below < entries && keyOf(block.Slice(below * entrySize, entrySize)) <= key)
        {
            below++;
        }

        return low + below - 1;
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        var inTail = Count - _tailStart;
        if (inTail == _tailCapacity)
        {
            inTail = DropOldHalf();
        }

        if (inTail * entrySize == _tail.Length)
        {
            Array.Resize(ref _tail, Math.Min(Math.Max(inTail * 2, LeastTailEntries), _tailCapacity) * entrySize);
        }

        entry.CopyTo(_tail.AsSpan(inTail * entrySize));
        Count++;
    }

    public void Truncate(int count)
    {
        if (count >= Count)
        {
            return;
        }

        Count = count;
        _tailStart = Math.Min(_tailStart, count);
        if (_onFile > count)
        {
            // What is left behind the entries must read as zeros, like the preallocated room it becomes.
            var length = _file.Length;
            _file.SetLength((long)count * entrySize);
            _file.SetLength(length);
            _onFile = count;
        }
    }

    /// <summary>Makes room for <paramref name="bytes"/> in all, rounded down to whole entries.</summary>
    public void Preallocate(int bytes)
    {
        var length = Math.Max(bytes / entrySize, Count) * (long)entrySize;
        _isOnDisk = true;
        if (_file.Length != length)
        {
            WritePending();
            _file.SetLength(length, isChange: false);
        }
    }

    /// <summary>Writes what is pending and cuts the file to its entries.</summary>
    public void Trim()
    {
        WritePending();
        var length = (long)Count * entrySize;
        _isOnDisk = true;
        if (_file.Length != length)
        {
            // Not worth a sync of its own: room that comes back after a power cut is all zeros, which no entry is.
            _file.SetLength(length, isChange: false);
        }
    }

    /// <summary>Makes durable what has been written. Outside the index's lock, so that no lookup waits for the disk.</summary>
    public void Sync() => _file.Sync();

    public void Rename(string name) => _file.Rename(name, _isOnDisk);

    public void Delete()
    {
        _file.Delete();
        _isOnDisk = false;
    }

    public void Dispose() => _file.Dispose();

    public void WritePending()
    {
        if (_onFile == Count)
        {
            return;
        }

        var pending = _tail.AsSpan((_onFile - _tailStart) * entrySize, (Count - _onFile) * entrySize);
        _isOnDisk = true;
        _file.Write(pending, (long)_onFile * entrySize);
        _onFile = Count;
    }

    private ReadOnlySpan<byte> TailEntry(int entry) => _tail.AsSpan((entry - _tailStart) * entrySize, entrySize);

    private int FloorInTail(long key, IndexKey keyOf)
    {
        var (low, high) = (_tailStart, Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            (low, high) = keyOf(TailEntry(middle)) <= key ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private int ReadBlock(Span<byte> destination, int first, int entries)
    {
        var wanted = destination[..(entries * entrySize)];
        if (wanted.Length > 0 && _file.Read(wanted, (long)first * entrySize) < wanted.Length)
        {
            throw new StorageException("read", Path, 0, $"the index ends before its entry {first + entries - 1}");
        }

        return entries;
    }

    private int DropOldHalf()
    {
        WritePending();
        var kept = _tailCapacity / 2;
        _tail.AsSpan((_tailCapacity - kept) * entrySize, kept * entrySize).CopyTo(_tail);
        _tailStart = Count - kept;
        return kept;
    }
}
