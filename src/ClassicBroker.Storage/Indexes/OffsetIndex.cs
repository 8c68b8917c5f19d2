using System.Buffers.Binary;

namespace ClassicBroker.Storage;

/// <summary>
/// Finds the place of an offset in a segment, sparsely: an entry for about every <c>index.interval.bytes</c>.
/// Threading: safe from any thread; one appends at a time.
/// </summary>
/// <remarks>
/// Entry, offsets strictly increasing:
/// <code>
/// 0  relativeOffset  int32   last offset of an append - base offset of the segment
/// 4  position        int32   where that append starts in the log file
/// </code>
/// </remarks>
internal sealed class OffsetIndex : IDisposable
{
    public const int EntrySize = 8;

    private readonly Lock _lock = new();
    private readonly IndexFile _file;
    private readonly long _baseOffset;
    private int _maxEntries;
    private OffsetPosition _last;
    private bool _isLoaded;

    /// <param name="lengthOnDisk">Length of the file as the directory lists it; 0 for a new one.</param>
    public OffsetIndex(PartitionDirectory directory, long baseOffset, int maxBytes, long lengthOnDisk, bool isOnDisk)
    {
        _file = new IndexFile(directory, LogFileNames.Of(baseOffset, LogFileNames.OffsetIndexSuffix), EntrySize, lengthOnDisk, isOnDisk);
        _baseOffset = baseOffset;
        _maxEntries = maxBytes / EntrySize;
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

    public bool IsFull => Count >= _maxEntries;

    /// <summary>The newest entry; the base offset at position 0 where there is none.</summary>
    public OffsetPosition LastEntry
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

    /// <summary>The entry with the greatest offset not above <paramref name="offset"/>, else the start of the segment.</summary>
    public OffsetPosition Lookup(long offset)
    {
        lock (_lock)
        {
            Load();
            var slot = _file.FloorSlot(offset - _baseOffset, RelativeOffset);
            return slot < 0 ? new(_baseOffset, 0) : Entry(slot);
        }
    }

    /// <summary>The first entry whose position is at or behind <paramref name="position"/>; null where there is none.</summary>
    public OffsetPosition? FirstAtOrAfter(long position)
    {
        lock (_lock)
        {
            Load();
            var slot = _file.FloorSlot(position - 1, PositionOf) + 1;
            return slot < _file.Count ? Entry(slot) : null;
        }
    }

    public void Append(long offset, int position)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(entry, checked((int)(offset - _baseOffset)));
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        lock (_lock)
        {
            Load();
            Primitives.Invariant.Require(_file.Count == 0 || offset > _last.Offset);
            _file.Append(entry);
            _last = new(offset, position);
        }
    }

    /// <summary>Keeps the entries below <paramref name="offset"/>.</summary>
    public void TruncateTo(long offset)
    {
        lock (_lock)
        {
            Load();
            TruncateToEntries(_file.FloorSlot(offset - 1 - _baseOffset, RelativeOffset) + 1);
        }
    }

    /// <summary>Forgets every entry, for the index to be made anew.</summary>
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
            if (_file.Count == 0)
            {
                return true;
            }

            var last = Entry(_file.Count - 1);
            return last.Offset >= _baseOffset
                && last.Position < logSize
                && last.Position >= 0
                && (_file.Count == 1 || Entry(_file.Count - 2) is var previous && previous.Offset < last.Offset && previous.Position < last.Position);
        }
    }

    public void Preallocate(int maxBytes)
    {
        lock (_lock)
        {
            _maxEntries = maxBytes / EntrySize;
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
        (Platform.IBlockFile File, int Changes)? sync;
        lock (_lock)
        {
            sync = _file.BeginSync();
        }

        if (sync is var (file, changes))
        {
            file.Sync();
            lock (_lock)
            {
                _file.EndSync(changes);
            }
        }
    }

    public void Rename(string suffix)
    {
        lock (_lock)
        {
            _file.Rename(LogFileNames.Of(_baseOffset, LogFileNames.OffsetIndexSuffix) + suffix);
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

    private void Load()
    {
        if (!_isLoaded)
        {
            _last = _file.Count == 0 ? new(_baseOffset, 0) : Entry(_file.Count - 1);
            _isLoaded = true;
        }
    }

    private void TruncateToEntries(int count)
    {
        _file.Truncate(count);
        _last = count == 0 ? new(_baseOffset, 0) : Entry(count - 1);
    }

    private static long RelativeOffset(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry);

    private static long PositionOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[4..]);

    private OffsetPosition Entry(int slot)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        _file.Read(slot, entry);
        return new(_baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));
    }
}
