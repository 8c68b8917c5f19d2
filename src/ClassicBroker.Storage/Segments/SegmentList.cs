namespace ClassicBroker.Storage;

/// <summary>
/// The segments of a log by base offset, never empty once the log is open. Immutable: a change makes a new list, so that readers keep
/// a consistent one without locking.
/// </summary>
internal sealed class SegmentList(LogSegment[] segments)
{
    public int Count => segments.Length;

    public LogSegment First => segments[0];

    /// <summary>The one that is appended to.</summary>
    public LogSegment Active => segments[^1];

    public ReadOnlySpan<LogSegment> All => segments;

    public LogSegment this[int index] => segments[index];

    /// <summary>The last segment that begins at or before <paramref name="offset"/>; -1 where none does.</summary>
    public int FloorIndex(long offset)
    {
        var (low, high) = (0, segments.Length - 1);
        if (high >= 0 && segments[high].BaseOffset <= offset)
        {
            return high;
        }

        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].BaseOffset <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    /// <summary>The segments that hold offsets of [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public ArraySegment<LogSegment> Covering(long from, long to)
    {
        if (from >= to || segments.Length == 0)
        {
            return ArraySegment<LogSegment>.Empty;
        }

        var first = Math.Max(FloorIndex(from), 0);
        var last = FloorIndex(to - 1);
        return last < first ? ArraySegment<LogSegment>.Empty : new ArraySegment<LogSegment>(segments, first, last - first + 1);
    }

    public bool IsAmongLastTwo(LogSegment segment) => segments.AsSpan(Math.Max(segments.Length - 2, 0)).Contains(segment);

    /// <summary>Base offsets of the last two segments, where recovery wants producer snapshots.</summary>
    public IEnumerable<long> LastTwoBaseOffsets() => LastTwo().Select(segment => segment.BaseOffset);

    public IEnumerable<LogSegment> LastTwo() => segments.TakeLast(2);

    public SegmentList With(LogSegment segment) => new([.. segments, segment]);

    public SegmentList Without(IReadOnlyCollection<LogSegment> removed) => new([.. segments.Where(segment => !removed.Contains(segment))]);

    /// <summary>Are these segments in the list, one behind the other?</summary>
    public bool Contains(IReadOnlyList<LogSegment> run)
    {
        var first = run.Count == 0 ? 0 : FloorIndex(run[0].BaseOffset);
        if (first < 0 || first + run.Count > segments.Length)
        {
            return false;
        }

        for (var i = 0; i < run.Count; i++)
        {
            if (segments[first + i] != run[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The list with <paramref name="segment"/> in the place of a run of its segments.</summary>
    public SegmentList Replacing(IReadOnlyList<LogSegment> run, LogSegment segment)
    {
        var first = FloorIndex(run[0].BaseOffset);
        return new([.. segments[..first], segment, .. segments[(first + run.Count)..]]);
    }

    public long SizeInBytes()
    {
        var size = 0L;
        foreach (var segment in segments)
        {
            size += segment.Size;
        }

        return size;
    }
}
