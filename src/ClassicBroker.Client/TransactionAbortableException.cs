namespace ClassicBroker.Client;

/// <summary>
/// The transaction under way cannot be committed: abort it with <c>AbortTransactionAsync</c> and begin another.
/// <see cref="Exception.InnerException"/> is what happened to it.
/// </summary>
public class TransactionAbortableException : KafkaException
{
    internal TransactionAbortableException(string message, KafkaException cause)
        : base(message, cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsRetriable => false;

    /// <inheritdoc/>
    public override bool RequiresAbort => true;
}
