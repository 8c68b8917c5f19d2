namespace ClassicBroker.Storage;

/// <summary>Which of its oldest segments a log may let go, and why.</summary>
internal static class RetentionPolicy
{
    /// <summary>Segments from the front of the list, as long as each is replicated and the rule applies to it.</summary>
    /// <param name="segments">The segments of the log.</param>
    /// <param name="highWatermark">No record at or behind it goes.</param>
    /// <param name="logEndOffset">Where the active segment ends.</param>
    /// <param name="applies">Gets a segment and the base offset of the next; <see cref="long.MaxValue"/> for the active one.</param>
    public static List<LogSegment> Deletable(
        SegmentList segments, long highWatermark, long logEndOffset, Func<LogSegment, long, bool> applies)
    {
        var deletable = new List<LogSegment>();
        for (var i = 0; i < segments.Count; i++)
        {
            var isActive = i == segments.Count - 1;
            var upperBound = isActive ? logEndOffset : segments[i + 1].BaseOffset;
            if (highWatermark < upperBound
                || (isActive && segments[i].Size == 0)
                || !applies(segments[i], isActive ? long.MaxValue : upperBound))
            {
                break;
            }

            deletable.Add(segments[i]);
        }

        return deletable;
    }

    /// <summary>Is every record of the segment older than <c>retention.ms</c>?</summary>
    public static Func<LogSegment, long, bool> ByTime(long retentionMs, long nowMs) =>
        (segment, _) => nowMs - segment.LargestTimestamp > retentionMs;

    /// <summary>Would the log without the segment still be as large as <c>retention.bytes</c>?</summary>
    public static Func<LogSegment, long, bool> BySize(long retentionBytes, long sizeInBytes)
    {
        var excess = sizeInBytes - retentionBytes;
        return (segment, _) =>
        {
            if (excess - segment.Size < 0)
            {
                return false;
            }

            excess -= segment.Size;
            return true;
        };
    }

    /// <summary>Does the segment end before the log starts?</summary>
    public static Func<LogSegment, long, bool> ByLogStart(long logStartOffset) => (_, nextBaseOffset) => nextBaseOffset <= logStartOffset;
}
