using System.Buffers.Binary;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// Finds the offset of a time in a segment, sparsely (KIP-33). An entry says: every record behind its offset that has a larger timestamp
/// has a larger offset. Threading: safe from any thread; one appends at a time.
/// </summary>
/// <remarks>
/// Entry, timestamps strictly increasing, offsets never decreasing:
/// <code>
/// 0  timestamp       int64   largest seen when the entry was made
/// 8  relativeOffset  int32   last offset of the batch that holds it - base offset of the segment
/// </code>
/// </remarks>
internal sealed class TimeIndex : IDisposable
{
    public const int EntrySize = 12;

    private readonly Lock _lock = new();
    private readonly IndexFile _file;
    private readonly long _baseOffset;
    private int _maxEntries;
    private TimestampOffset _last;
    private bool _isLoaded;

    /// <param name="lengthOnDisk">Length of the file as the directory lists it; 0 for a new one.</param>
    public TimeIndex(PartitionDirectory directory, long baseOffset, int maxBytes, long lengthOnDisk, bool isOnDisk)
    {
        _file = new IndexFile(directory, LogFileNames.Of(baseOffset, LogFileNames.TimeIndexSuffix), EntrySize, lengthOnDisk, isOnDisk);
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

    /// <summary>The last slot is kept for the entry a segment gets when it is rolled or closed.</summary>
    public bool IsFull => Count >= _maxEntries - 1;

    /// <summary>The newest entry; no timestamp at the base offset where there is none.</summary>
    public TimestampOffset LastEntry
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

    /// <summary>The entry with the greatest timestamp not above <paramref name="timestamp"/>, else the start of the segment.</summary>
    public TimestampOffset Lookup(long timestamp)
    {
        lock (_lock)
        {
            Load();
            var slot = _file.FloorSlot(timestamp, TimestampOf);
            return slot < 0 ? Nothing : Entry(slot);
        }
    }

    /// <summary>Adds an entry where <paramref name="timestamp"/> is larger than all so far.</summary>
    /// <param name="isFinal">The one for which the last slot is kept.</param>
    public void TryAppend(long timestamp, long offset, bool isFinal = false)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        lock (_lock)
        {
            Load();
            if (timestamp <= _last.Timestamp || (!isFinal && _file.Count >= _maxEntries - 1))
            {
                return;
            }

            Primitives.Invariant.Require(_file.Count == 0 || offset >= _last.Offset);
            BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], checked((int)(offset - _baseOffset)));
            _file.Append(entry);
            _last = new(timestamp, offset);
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

    /// <inheritdoc cref="OffsetIndex.IsSane"/>
    public bool IsSane()
    {
        lock (_lock)
        {
            if (_file.Count == 0)
            {
                return true;
            }

            var last = Entry(_file.Count - 1);
            return last.Timestamp >= 0
                && last.Offset >= _baseOffset
                && (_file.Count == 1 || Entry(_file.Count - 2) is var previous && previous.Timestamp < last.Timestamp && previous.Offset <= last.Offset);
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
            _file.Rename(LogFileNames.Of(_baseOffset, LogFileNames.TimeIndexSuffix) + suffix);
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

    private TimestampOffset Nothing => new(RecordFormat.NoTimestamp, _baseOffset);

    private void Load()
    {
        if (!_isLoaded)
        {
            _last = _file.Count == 0 ? Nothing : Entry(_file.Count - 1);
            _isLoaded = true;
        }
    }

    private void TruncateToEntries(int count)
    {
        _file.Truncate(count);
        _last = count == 0 ? Nothing : Entry(count - 1);
    }

    private static long TimestampOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt64BigEndian(entry);

    private static long RelativeOffset(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[8..]);

    private TimestampOffset Entry(int slot)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        _file.Read(slot, entry);
        return new(BinaryPrimitives.ReadInt64BigEndian(entry), _baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]));
    }
}
