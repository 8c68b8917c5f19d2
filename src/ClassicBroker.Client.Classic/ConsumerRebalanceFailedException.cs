namespace ClassicBroker.Client.Classic;

/// <summary>
/// A member could not take over its partitions in <c>rebalance.max.retries</c> attempts, mostly because another member did not give them
/// up.
/// </summary>
public sealed class ConsumerRebalanceFailedException : KafkaException
{
    internal ConsumerRebalanceFailedException(string consumerId, int attempts, Exception? cause)
        : base($"{consumerId} can't rebalance after {attempts} retries", cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsRetriable => true;
}
