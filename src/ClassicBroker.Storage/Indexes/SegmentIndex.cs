using System.Buffers.Binary;

namespace ClassicBroker.Storage;

/// <summary>
/// What the sparse indexes of a segment have in common: entries of one size in the order of the log, the newest at hand.
/// Threading: safe from any thread; one appends at a time.
/// </summary>
internal abstract class SegmentIndex<TEntry> : IDisposable
    where TEntry : struct
{
    private readonly Lock _lock = new();
    private readonly IndexFile _file;
    private readonly string _suffix;
    private readonly int _entrySize;
    private readonly IndexKey _offsetOf;
    private TEntry _last;
    private bool _isLoaded;

    /// <param name="suffix">Of the file's name.</param>
    /// <param name="entrySize">Bytes of an entry.</param>
    /// <param name="offsetAt">Where in an entry its offset stands, as an int32 relative to the base.</param>
    /// <param name="maxBytes">What the index may grow to.</param>
    /// <param name="lengthOnDisk">Length of the file as the directory lists it; 0 for a new one.</param>
    protected SegmentIndex(
        PartitionDirectory directory,
        long baseOffset,
        string suffix,
        int entrySize,
        int offsetAt,
        int maxBytes,
        long lengthOnDisk,
        bool isOnDisk)
    {
        _file = new IndexFile(directory, LogFileNames.Of(baseOffset, suffix), entrySize, lengthOnDisk, isOnDisk);
        _suffix = suffix;
        _entrySize = entrySize;
        _offsetOf = entry => BinaryPrimitives.ReadInt32BigEndian(entry[offsetAt..]);
        BaseOffset = baseOffset;
        MaxEntries = maxBytes / entrySize;
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _file.Count;
            }
        }
    }

    /// <summary>Does a lookup read nothing, or from a file that is open?</summary>
    public bool IsWarm
    {
        get
        {
            lock (_lock)
            {
                return _file.Count == 0 || _file.IsWarm;
            }
        }
    }

    /// <summary>The newest entry; one that stands for the start of the segment where there is none.</summary>
    public TEntry LastEntry
    {
        get
        {
            lock (_lock)
            {
                Load();
                return _last;
            }
        }
    }

    protected long BaseOffset { get; }

    /// <summary>How many entries there is room for.</summary>
    protected int MaxEntries { get; private set; }

    /// <summary>What stands for the start of the segment.</summary>
    protected abstract TEntry Start { get; }

    /// <summary>Keeps the entries below <paramref name="offset"/>.</summary>
    public void TruncateTo(long offset)
    {
        lock (_lock)
        {
            Load();
            TruncateToEntries(_file.FloorSlot(offset - 1 - BaseOffset, _offsetOf) + 1);
        }
    }

    /// <summary>Forgets every entry, for the index to be rebuilt.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _isLoaded = true;
            TruncateToEntries(0);
        }
    }

    /// <summary>
    /// Do the newest entries make sense for a log file of <paramref name="logSize"/> bytes? A zero tail, left where a crash kept the file
    /// from being trimmed, does not.
    /// </summary>
    public bool IsSane(long logSize)
    {
        lock (_lock)
        {
            return _file.Count switch
            {
                0 => true,
                1 => IsSane(Entry(0), logSize),
                var count => IsSane(Entry(count - 1), logSize) && IsAfter(Entry(count - 1), Entry(count - 2)),
            };
        }
    }

    public void Preallocate(int maxBytes)
    {
        lock (_lock)
        {
            MaxEntries = maxBytes / _entrySize;
            _file.Preallocate(maxBytes);
        }
    }

    public void Trim()
    {
        lock (_lock)
        {
            _file.Trim();
        }
    }

    /// <summary>Makes the entries durable, without keeping lookups waiting for the disk.</summary>
    public void Sync()
    {
        lock (_lock)
        {
            _file.WritePending();
        }

        _file.Sync();
    }

    public void Rename(string suffix)
    {
        lock (_lock)
        {
            _file.Rename(LogFileNames.Of(BaseOffset, _suffix) + suffix);
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            _file.Delete();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    protected abstract TEntry Decode(ReadOnlySpan<byte> entry);

    protected abstract void Encode(TEntry entry, Span<byte> destination);

    /// <summary>Can the entry belong to a log file of this size?</summary>
    protected abstract bool IsSane(TEntry entry, long logSize);

    /// <summary>May the entry stand behind the other?</summary>
    protected abstract bool IsAfter(TEntry entry, TEntry previous);

    /// <summary>The last entry whose key is not above <paramref name="key"/>; <see cref="Start"/> where all are.</summary>
    protected TEntry Floor(long key, IndexKey keyOf)
    {
        lock (_lock)
        {
            Load();
            var slot = _file.FloorSlot(key, keyOf);
            return slot < 0 ? Start : Entry(slot);
        }
    }

    /// <summary>The first entry whose key is above <paramref name="key"/>; null where none is.</summary>
    protected TEntry? Higher(long key, IndexKey keyOf)
    {
        lock (_lock)
        {
            Load();
            var slot = _file.FloorSlot(key, keyOf) + 1;
            return slot < _file.Count ? Entry(slot) : null;
        }
    }

    /// <summary>
    /// Adds an entry where there are fewer than <paramref name="limit"/> and <paramref name="belongs"/> agrees, given the newest.
    /// </summary>
    protected void AppendIf(TEntry entry, int limit, Func<TEntry, TEntry, bool> belongs)
    {
        Span<byte> bytes = stackalloc byte[_entrySize];
        lock (_lock)
        {
            Load();
            if (_file.Count >= limit || !belongs(entry, _last))
            {
                return;
            }

            Primitives.Invariant.Require(_file.Count == 0 || IsAfter(entry, _last));
            Encode(entry, bytes);
            _file.Append(bytes);
            _last = entry;
        }
    }

    private void Load()
    {
        if (!_isLoaded)
        {
            _last = _file.Count == 0 ? Start : Entry(_file.Count - 1);
            _isLoaded = true;
        }
    }

    private void TruncateToEntries(int count)
    {
        _file.Truncate(count);
        _last = count == 0 ? Start : Entry(count - 1);
    }

    private TEntry Entry(int slot)
    {
        Span<byte> bytes = stackalloc byte[_entrySize];
        _file.Read(slot, bytes);
        return Decode(bytes);
    }
}
