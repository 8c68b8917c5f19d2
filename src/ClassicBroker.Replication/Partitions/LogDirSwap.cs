namespace ClassicBroker.Replication.Partitions;

/// <summary>What came of an attempt to put a future log in the place of the current one.</summary>
internal enum LogDirSwap
{
    Done,

    /// <summary>The current log has more than a swap copies by itself: the next pieces first.</summary>
    IsBehind,

    /// <summary>The current log must stay for now.</summary>
    MustWait,
}
