namespace ClassicBroker.Client;

/// <summary>What became of the producers of one transactional id that were to be fenced.</summary>
/// <param name="TransactionalId">The transactional id.</param>
/// <param name="ProducerId">Its producer id; -1 where it failed.</param>
/// <param name="ProducerEpoch">The epoch that fences all before; -1 where it failed.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public readonly record struct FencedProducer(string TransactionalId, long ProducerId, short ProducerEpoch, KafkaException? Failure)
{
    /// <summary>This result, where the producers are fenced.</summary>
    /// <exception cref="KafkaException">They are not.</exception>
    public FencedProducer ThrowIfFailed() => Failure is null ? this : throw Failure;
}
