using System.Buffers.Binary;

namespace ClassicBroker.Storage;

/// <summary>
/// Finds the place of an offset in a segment, sparsely: an entry for about every <c>index.interval.bytes</c>.
/// Threading: safe from any thread; one appends at a time.
/// </summary>
/// <remarks>
/// Entry, offsets and positions strictly increasing:
/// <code>
/// 0  relativeOffset  int32   last offset of an append - base offset of the segment
/// 4  position        int32   where that append starts in the log file
/// </code>
/// </remarks>
/// <inheritdoc cref="SegmentIndex{TEntry}(PartitionDirectory, long, string, int, int, int, long, bool)" path="/param"/>
internal sealed class OffsetIndex(PartitionDirectory directory, long baseOffset, int maxBytes, long lengthOnDisk, bool isOnDisk)
    : SegmentIndex<OffsetPosition>(
        directory, baseOffset, LogFileNames.OffsetIndexSuffix, EntrySize, RelativeOffsetAt, maxBytes, lengthOnDisk, isOnDisk)
{
    public const int EntrySize = 8;

    private const int RelativeOffsetAt = 0;
    private const int PositionAt = 4;

    public bool IsFull => Count >= MaxEntries;

    protected override OffsetPosition Start => new(BaseOffset, 0);

    /// <summary>The entry with the greatest offset not above <paramref name="offset"/>, else the start of the segment.</summary>
    public OffsetPosition Lookup(long offset) => Floor(offset - BaseOffset, RelativeOffset);

    /// <summary>The first entry whose position is at or behind <paramref name="position"/>; null where there is none.</summary>
    public OffsetPosition? FirstAtOrAfter(long position) => Higher(position - 1, PositionOf);

    public void Append(long offset, int position) => AppendIf(new(offset, position), int.MaxValue, static (_, _) => true);

    protected override OffsetPosition Decode(ReadOnlySpan<byte> entry) => new(BaseOffset + RelativeOffset(entry), (int)PositionOf(entry));

    protected override void Encode(OffsetPosition entry, Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination[RelativeOffsetAt..], checked((int)(entry.Offset - BaseOffset)));
        BinaryPrimitives.WriteInt32BigEndian(destination[PositionAt..], entry.Position);
    }

    protected override bool IsSane(OffsetPosition entry, long logSize) =>
        entry.Offset >= BaseOffset && entry.Position >= 0 && entry.Position < logSize;

    protected override bool IsAfter(OffsetPosition entry, OffsetPosition previous) =>
        entry.Offset > previous.Offset && entry.Position > previous.Position;

    private static long RelativeOffset(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[RelativeOffsetAt..]);

    private static long PositionOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[PositionAt..]);
}
