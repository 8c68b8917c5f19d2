namespace ClassicBroker.Storage;

/// <summary>Lengths of a segment's files as the directory lists them; <see cref="Missing"/> for those it does not.</summary>
internal readonly record struct SegmentFileSizes(long Log, long OffsetIndex, long TimeIndex, long TransactionIndex)
{
    public const long Missing = -1;

    public static SegmentFileSizes New { get; } = new(0, Missing, Missing, Missing);
}
