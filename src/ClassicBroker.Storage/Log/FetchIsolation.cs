namespace ClassicBroker.Storage;

/// <summary>How far into the log a reader may see.</summary>
public enum FetchIsolation : byte
{
    /// <summary>Followers and debugging consumers: everything appended.</summary>
    LogEnd,

    /// <summary><c>read_uncommitted</c>: what all in-sync replicas have.</summary>
    HighWatermark,

    /// <summary><c>read_committed</c>: up to the first transaction not decided, the last stable offset.</summary>
    TxnCommitted,
}
