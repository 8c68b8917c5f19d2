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
/// <inheritdoc cref="SegmentIndex{TEntry}(PartitionDirectory, long, string, int, int, int, long, bool)" path="/param"/>
internal sealed class TimeIndex(PartitionDirectory directory, long baseOffset, int maxBytes, long lengthOnDisk, bool isOnDisk)
    : SegmentIndex<TimestampOffset>(
        directory, baseOffset, LogFileNames.TimeIndexSuffix, EntrySize, RelativeOffsetAt, maxBytes, lengthOnDisk, isOnDisk)
{
    public const int EntrySize = 12;

    private const int TimestampAt = 0;
    private const int RelativeOffsetAt = 8;

    /// <summary>The last slot is kept for the entry a segment gets when it is rolled or closed.</summary>
    public bool IsFull => Count >= MaxEntries - 1;

    protected override TimestampOffset Start => new(RecordFormat.NoTimestamp, BaseOffset);

    /// <summary>The entry with the greatest timestamp not above <paramref name="timestamp"/>, else the start of the segment.</summary>
    public TimestampOffset Lookup(long timestamp) => Floor(timestamp, TimestampOf);

    /// <summary>Adds an entry where <paramref name="timestamp"/> is larger than all so far.</summary>
    /// <param name="isFinal">The one for which the last slot is kept.</param>
    public void TryAppend(long timestamp, long offset, bool isFinal = false) =>
        AppendIf(
            new(timestamp, offset),
            isFinal ? int.MaxValue : MaxEntries - 1,
            static (entry, last) => entry.Timestamp > last.Timestamp);

    protected override TimestampOffset Decode(ReadOnlySpan<byte> entry) =>
        new(TimestampOf(entry), BaseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[RelativeOffsetAt..]));

    protected override void Encode(TimestampOffset entry, Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination[TimestampAt..], entry.Timestamp);
        BinaryPrimitives.WriteInt32BigEndian(destination[RelativeOffsetAt..], checked((int)(entry.Offset - BaseOffset)));
    }

    protected override bool IsSane(TimestampOffset entry, long logSize) => entry.Timestamp >= 0 && entry.Offset >= BaseOffset;

    protected override bool IsAfter(TimestampOffset entry, TimestampOffset previous) =>
        entry.Timestamp > previous.Timestamp && entry.Offset >= previous.Offset;

    private static long TimestampOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt64BigEndian(entry[TimestampAt..]);
}
