namespace ClassicBroker.Storage;

/// <summary>
/// An offset together with where in the files it lies (Kafka's LogOffsetMetadata), so that the bytes between two offsets can be counted
/// without reading. The place may be unknown.
/// </summary>
/// <param name="Offset">The offset in the log.</param>
/// <param name="SegmentBaseOffset">Base offset of its segment, or <see cref="UnknownPosition"/>.</param>
/// <param name="PositionInSegment">Byte position in the segment's log file, or <see cref="UnknownPosition"/>.</param>
public readonly record struct LogOffset(long Offset, long SegmentBaseOffset, int PositionInSegment)
{
    public const int UnknownPosition = -1;

    /// <summary>An offset whose place is not known.</summary>
    public LogOffset(long offset)
        : this(offset, UnknownPosition, UnknownPosition)
    {
    }

    public static LogOffset None { get; } = new(-1);

    public bool IsPositionKnown => SegmentBaseOffset != UnknownPosition;

    /// <summary>Does this lie in an older segment than <paramref name="other"/>? False where either place is unknown.</summary>
    public bool IsOnOlderSegmentThan(LogOffset other) =>
        IsPositionKnown && other.IsPositionKnown && SegmentBaseOffset < other.SegmentBaseOffset;

    public bool IsOnSameSegmentAs(LogOffset other) =>
        IsPositionKnown && other.IsPositionKnown && SegmentBaseOffset == other.SegmentBaseOffset;

    /// <summary>Bytes from <paramref name="earlier"/> up to this; only where both lie in one segment.</summary>
    public int BytesSince(LogOffset earlier) => PositionInSegment - earlier.PositionInSegment;
}
