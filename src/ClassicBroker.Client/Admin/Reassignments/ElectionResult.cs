using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What became of an election.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Failure">Why there is no new leader; null where there is one.</param>
public readonly record struct ElectionResult(TopicPartition Partition, KafkaException? Failure)
{
    /// <summary>Nothing where it succeeded.</summary>
    /// <exception cref="KafkaException">It did not.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
