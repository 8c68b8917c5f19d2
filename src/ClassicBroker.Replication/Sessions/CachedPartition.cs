using ClassicBroker.Replication.Fetch;

namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// A partition a fetch session remembers: what was asked for last and what was answered last. A node of the session's ring, whose order is
/// the order partitions are read in. Threading: guarded by its session's lock.
/// </summary>
internal sealed class CachedPartition
{
    private long _highWatermark = -1;
    private long _logStartOffset = -1;

    /// <summary>The head of an empty ring.</summary>
    public CachedPartition() => (Previous, Next) = (this, this);

    public CachedPartition(in FetchPartition request)
        : this() => Request = request;

    public FetchPartition Request { get; set; }

    public CachedPartition Previous { get; private set; }

    public CachedPartition Next { get; private set; }

    /// <summary>Whether the response must mention the partition; remembers what it says.</summary>
    public bool Update(in FetchSessionStep step)
    {
        var mention = step.MustMention
            || step.RecordsBytes > 0
            || step.HighWatermark != _highWatermark
            || step.LogStartOffset != _logStartOffset;

        // After an error the cached values are void, so that the recovery is mentioned even where nothing else changed. A follower that is
        // told where the logs part takes no high watermark from that answer: it has to be told once more.
        _highWatermark = step.MustMention ? -1 : step.HighWatermark;
        _logStartOffset = step.LogStartOffset;
        return mention;
    }

    /// <summary>The next response mentions the partition, whatever it says.</summary>
    public void ForgetAnswer() => _highWatermark = -1;

    public void LinkBefore(CachedPartition head)
    {
        (Previous, Next) = (head.Previous, head);
        Previous.Next = this;
        head.Previous = this;
    }

    public void Unlink()
    {
        (Previous.Next, Next.Previous) = (Next, Previous);
        (Previous, Next) = (this, this);
    }
}
