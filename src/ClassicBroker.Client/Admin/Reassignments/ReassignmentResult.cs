using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What became of the order to reassign a partition, or to cancel that.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Failure">Why the order was refused; null where it was taken.</param>
public readonly record struct ReassignmentResult(TopicPartition Partition, KafkaException? Failure)
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
