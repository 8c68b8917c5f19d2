namespace ClassicBroker.Storage;

/// <summary>
/// A segment holds offsets further from its base than an index can say (Kafka's LogSegmentOffsetOverflowException): it has to be split.
/// </summary>
internal sealed class SegmentOverflowException(long baseOffset)
    : Exception($"the segment at {baseOffset} has offsets that cannot be told from its base")
{
    public long BaseOffset => baseOffset;
}
