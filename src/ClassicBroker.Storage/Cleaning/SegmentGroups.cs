namespace ClassicBroker.Storage;

/// <summary>Which neighbouring segments are cleaned into one. Pure.</summary>
internal static class SegmentGroups
{
    /// <summary>
    /// Groups whose logs and indexes together are no larger than one segment's may be, and whose offsets one segment can hold. The last
    /// offset of a segment counts as the one before the next segment, whatever lies in it.
    /// </summary>
    /// <param name="segments">The segments to be cleaned, in their order.</param>
    /// <param name="config">The topic's settings.</param>
    /// <param name="firstUncleanableOffset">Where the part of the log ends that may be cleaned.</param>
    public static List<List<LogSegment>> Of(IReadOnlyList<LogSegment> segments, LogConfig config, long firstUncleanableOffset)
    {
        var groups = new List<List<LogSegment>>();
        var (logBytes, indexBytes, timeIndexBytes) = (0L, 0L, 0L);
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            var nextBase = i + 1 < segments.Count ? segments[i + 1].BaseOffset : firstUncleanableOffset;
            var joins = groups.Count > 0
                && logBytes + segment.Size <= config.SegmentBytes
                && indexBytes + segment.OffsetIndexBytes <= config.SegmentIndexBytes
                && timeIndexBytes + segment.TimeIndexBytes <= config.SegmentIndexBytes
                && (segment.Size == 0 || nextBase - 1 - groups[^1][0].BaseOffset <= int.MaxValue);
            if (!joins)
            {
                groups.Add([]);
                (logBytes, indexBytes, timeIndexBytes) = (0, 0, 0);
            }

            groups[^1].Add(segment);
            logBytes += segment.Size;
            indexBytes += segment.OffsetIndexBytes;
            timeIndexBytes += segment.TimeIndexBytes;
        }

        return groups;
    }
}
