namespace ClassicBroker.Client;

/// <summary>
/// A partition has seen a newer epoch of this producer. Aborting tells whether another producer has taken over the transactional id, which
/// is a <see cref="ProducerFencedException"/>; otherwise the producer goes on.
/// </summary>
public sealed class InvalidProducerEpochException : TransactionAbortableException
{
    internal InvalidProducerEpochException(string message, KafkaException cause)
        : base(message, cause)
    {
    }
}
