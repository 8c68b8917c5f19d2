using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Files;

/// <summary>
/// A file's bytes in pages: as processes see them, and as the disk holds them. A write dirties pages; a sync brings them to the disk; a
/// crash brings any of them, or a part of one, and leaves the rest as the disk had it. A page's array ends where all behind is zero; what is
/// clean is one array for both images. Guarded by the file system's lock.
/// </summary>
internal sealed class SimulatedContent : SimulatedNode
{
    public const int PageSize = 4096;

    private const int LeastArray = 64;

    private readonly SortedDictionary<long, byte[]> _live = [];
    private readonly SortedDictionary<long, byte[]> _durable = [];
    private readonly SortedSet<long> _dirty = [];
    private readonly List<long> _lengthsSinceSync = [];
    private long _durableLength;

    public long Length { get; private set; }

    /// <summary>Pages in use, for the file system's capacity.</summary>
    public int Pages => _live.Count;

    /// <summary>Bytes not yet synced would be lost in a crash.</summary>
    public bool IsDirty => _dirty.Count > 0 || _lengthsSinceSync.Count > 0;

    public int Read(Span<byte> destination, long position)
    {
        var count = (int)Math.Clamp(Length - position, 0, destination.Length);
        for (var done = 0; done < count;)
        {
            var (page, offset) = Math.DivRem(position + done, PageSize);
            var piece = (int)Math.Min(PageSize - offset, count - done);
            var there = _live.TryGetValue(page, out var bytes) ? bytes.AsSpan(Math.Min((int)offset, bytes.Length)) : [];
            there = there[..Math.Min(piece, there.Length)];
            there.CopyTo(destination[done..]);
            destination[(done + there.Length)..(done + piece)].Clear();

            done += piece;
        }

        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long position)
    {
        for (var done = 0; done < source.Length;)
        {
            var (page, offset) = Math.DivRem(position + done, PageSize);
            var piece = (int)Math.Min(PageSize - offset, source.Length - done);
            source.Slice(done, piece).CopyTo(Dirty(page, (int)offset + piece).AsSpan((int)offset));
            done += piece;
        }

        if (position + source.Length > Length)
        {
            ChangeLength(position + source.Length);
        }
    }

    public void SetLength(long length)
    {
        if (length < Length)
        {
            foreach (var page in _live.Keys.Where(page => page * PageSize >= length).ToList())
            {
                _live.Remove(page);
                _dirty.Add(page);
            }

            var (last, offset) = Math.DivRem(length, PageSize);
            if (offset > 0 && _live.TryGetValue(last, out var bytes) && offset < bytes.Length)
            {
                Dirty(last, bytes.Length).AsSpan((int)offset).Clear();
            }
        }

        if (length != Length)
        {
            ChangeLength(length);
        }
    }

    /// <summary>What the disk holds whatever happens: all that was synced, and nothing else.</summary>
    public byte[] Synced()
    {
        var bytes = new byte[_durableLength];
        foreach (var (page, content) in _durable)
        {
            if (page * PageSize < _durableLength)
            {
                content.AsSpan(0, (int)Math.Min(content.Length, _durableLength - (page * PageSize))).CopyTo(bytes.AsSpan((int)(page * PageSize)));
            }
        }

        return bytes;
    }

    /// <summary>How many pages a write would newly occupy.</summary>
    public int NewPages(long position, long count)
    {
        var pages = 0;
        for (var page = position / PageSize; page * PageSize < position + count; page++)
        {
            pages += _live.ContainsKey(page) ? 0 : 1;
        }

        return pages;
    }

    /// <summary>Gives pages to all of the file up to a length.</summary>
    public void Allocate(long length)
    {
        for (var page = 0L; page * PageSize < length; page++)
        {
            if (!_live.ContainsKey(page))
            {
                Dirty(page, 0);
            }
        }

        if (length > Length)
        {
            ChangeLength(length);
        }
    }

    public void Sync()
    {
        foreach (var page in _dirty)
        {
            Persist(page);
        }

        _durableLength = Length;
        Clean();
    }

    /// <summary>A sync that fails: some pages reach the disk, none stays dirty, so a later sync has nothing to do and succeeds.</summary>
    public void FailSync(IRandomSource random)
    {
        foreach (var page in _dirty.Where(_ => random.Next(2) == 0))
        {
            Persist(page);
        }

        Clean();
    }

    /// <summary>The power goes: what was synced is there, of the rest any part.</summary>
    public void Crash(IRandomSource random)
    {
        if (IsDirty)
        {
            _lengthsSinceSync.Add(_durableLength);
            _durableLength = _lengthsSinceSync[random.Next(_lengthsSinceSync.Count)];
            foreach (var page in _dirty)
            {
                switch (random.Next(3))
                {
                    case 0:
                        Persist(page);
                        break;
                    case 1:
                        Tear(page, random.Next(PageSize));
                        break;
                }
            }
        }

        _live.Clear();
        foreach (var (page, bytes) in _durable)
        {
            if (page * PageSize < _durableLength)
            {
                _live[page] = bytes;
            }
        }

        Length = _durableLength;
        ClearBehindEnd();
        Clean();
    }

    /// <summary>Flips a bit, on the disk as well.</summary>
    public void Flip(long position, int bit)
    {
        var (page, offset) = Math.DivRem(position, PageSize);
        foreach (var image in new[] { _live, _durable })
        {
            if (image.TryGetValue(page, out var bytes))
            {
                var flipped = new byte[Math.Max(bytes.Length, (int)offset + 1)];
                bytes.CopyTo(flipped, 0);
                flipped[offset] ^= (byte)(1 << bit);
                image[page] = flipped;
            }
        }
    }

    /// <summary>The live array of a page, with room up to <paramref name="end"/>, for a change the disk does not see.</summary>
    private byte[] Dirty(long page, int end)
    {
        _dirty.Add(page);
        if (!_live.TryGetValue(page, out var bytes))
        {
            bytes = [];
        }

        var isShared = _durable.TryGetValue(page, out var durable) && ReferenceEquals(durable, bytes);
        if (isShared || bytes.Length < end || bytes.Length == 0)
        {
            var room = Math.Max(LeastArray, Math.Max(bytes.Length, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)end)));
            var grown = new byte[room];
            bytes.CopyTo(grown, 0);
            _live[page] = bytes = grown;
        }

        return bytes;
    }

    private void ChangeLength(long length)
    {
        Length = length;
        _lengthsSinceSync.Add(length);
    }

    private void Persist(long page)
    {
        if (_live.TryGetValue(page, out var bytes))
        {
            _durable[page] = bytes;
        }
        else
        {
            _durable.Remove(page);
        }
    }

    private void Tear(long page, int at)
    {
        if (_live.TryGetValue(page, out var bytes))
        {
            var old = _durable.GetValueOrDefault(page, []);
            var torn = new byte[Math.Max(old.Length, bytes.Length)];
            old.CopyTo(torn, 0);
            torn.AsSpan(0, Math.Min(at, torn.Length)).Clear();
            bytes.AsSpan(0, Math.Min(at, bytes.Length)).CopyTo(torn);
            _durable[page] = torn;
        }
    }

    // A file system shows zeros, never old bytes, where a file is extended over its former end.
    private void ClearBehindEnd()
    {
        foreach (var page in _durable.Keys.Where(page => page * PageSize >= _durableLength).ToList())
        {
            _durable.Remove(page);
        }

        var (last, offset) = Math.DivRem(_durableLength, PageSize);
        if (offset > 0 && _durable.TryGetValue(last, out var bytes) && offset < bytes.Length)
        {
            _durable[last] = bytes[..(int)offset];
            _live[last] = _durable[last];
        }
    }

    private void Clean()
    {
        _dirty.Clear();
        _lengthsSinceSync.Clear();
    }
}
