using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What became of a call for one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public readonly record struct PartitionResult(TopicPartition Partition, KafkaException? Failure)
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
