namespace ClassicBroker.Storage;

/// <summary>Lengths of a segment's files as the directory lists them; <see cref="Missing"/> for those it does not.</summary>
internal readonly record struct SegmentFileSizes(long Log, long OffsetIndex, long TimeIndex, long TransactionIndex)
{
    public const long Missing = -1;

    /// <summary>Are the files known to be durable as they are, because the log was closed in order?</summary>
    public bool AreSynced { get; init; }

    public static SegmentFileSizes New { get; } = new(0, Missing, Missing, Missing);
}
