using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>One partition of one commit, as its sender sees it. Changed by the <see cref="GroupHistory"/> only.</summary>
internal sealed class GroupCommit(TopicPartition partition, long offset, MemberIdentity by, long began, bool isLate)
{
    public TopicPartition Partition { get; } = partition;

    public long Offset { get; } = offset;

    public MemberIdentity By { get; } = by;

    /// <summary>When it was sent, in events of the history.</summary>
    public long Began { get; } = began;

    /// <summary>Did its sender speak for a generation, or under an id, that another had already taken the place of?</summary>
    public bool IsLate { get; } = isLate;

    /// <summary>From when on it can change nothing any more.</summary>
    public long Ended { get; set; } = isLate ? began : long.MaxValue;

    public bool IsAccepted { get; set; }
}
