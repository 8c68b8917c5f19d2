namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>Where a transactional producer stands: the states of Java's TransactionManager.</summary>
internal enum TransactionState
{
    Uninitialized,
    Initializing,
    Ready,
    InTransaction,
    Committing,
    Aborting,

    /// <summary>The transaction can only be aborted.</summary>
    AbortableError,

    /// <summary>The producer can only be closed.</summary>
    FatalError,
}
