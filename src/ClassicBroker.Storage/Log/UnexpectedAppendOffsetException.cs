namespace ClassicBroker.Storage;

/// <summary>
/// A follower was given records that begin before its log ends. Where the log is empty the partition starts it again at
/// <see cref="FirstOffset"/>; elsewhere the leader's log and this one disagree.
/// </summary>
public sealed class UnexpectedAppendOffsetException(string message, long firstOffset, long lastOffset) : Exception(message)
{
    /// <summary>First offset of the records, or the last of their first batch where only that is known.</summary>
    public long FirstOffset { get; } = firstOffset;

    public long LastOffset { get; } = lastOffset;
}
