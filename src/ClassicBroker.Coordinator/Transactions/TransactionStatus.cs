namespace ClassicBroker.Coordinator.Transactions;

/// <summary>Where a transactional id stands, by the numbers in <c>__transaction_state</c>. The names are the ones tools print.</summary>
public enum TransactionStatus : sbyte
{
    /// <summary>No transaction since the producer was initialised.</summary>
    Empty = 0,

    /// <summary>Partitions have been added.</summary>
    Ongoing = 1,

    /// <summary>Decided: to be committed, whatever happens. Markers are on their way.</summary>
    PrepareCommit = 2,

    /// <summary>Decided: to be aborted, whatever happens. Markers are on their way.</summary>
    PrepareAbort = 3,

    /// <summary>All partitions have the marker.</summary>
    CompleteCommit = 4,

    /// <inheritdoc cref="CompleteCommit"/>
    CompleteAbort = 5,

    /// <summary>The id has expired and is being removed.</summary>
    Dead = 6,

    /// <summary>In Kafka's memory only, while a producer is fenced; a filter of ListTransactions may name it.</summary>
    PrepareEpochFence = 7,
}
