namespace ClassicBroker.Client;

/// <summary>Which records of transactions a consumer sees. Values are those of the fetch request.</summary>
public enum IsolationLevel : sbyte
{
    /// <summary>All of them, up to the high watermark.</summary>
    ReadUncommitted = 0,

    /// <summary>Those of committed transactions, up to the last stable offset.</summary>
    ReadCommitted = 1,
}
