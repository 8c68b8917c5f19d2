namespace ClassicBroker.Client;

/// <summary>
/// Another producer has begun with the same <c>transactional.id</c>, or the coordinator has aborted a transaction that took longer than
/// <c>transaction.timeout.ms</c>. This producer can only be closed.
/// </summary>
public sealed class ProducerFencedException : FatalProducerException
{
    internal ProducerFencedException(string message, KafkaException cause)
        : base(message, cause)
    {
    }
}
