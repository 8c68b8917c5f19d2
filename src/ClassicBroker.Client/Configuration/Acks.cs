namespace ClassicBroker.Client;

/// <summary>Who must have a record before the broker acknowledges it. Values are those of the produce request.</summary>
public enum Acks : short
{
    /// <summary>Every in-sync replica.</summary>
    All = -1,

    /// <summary>None: the broker does not answer, and records may be lost without a sign.</summary>
    None = 0,

    /// <summary>The leader alone.</summary>
    Leader = 1,
}
