namespace ClassicBroker.Client;

/// <summary>
/// Something did not happen in time. <see cref="Exception.InnerException"/> is the last failure met on the way, if any, and broker, API and
/// partition are those of it.
/// </summary>
public sealed class KafkaTimeoutException : KafkaException
{
    /// <summary>Reports what did not happen, and the last failure met on the way.</summary>
    public KafkaTimeoutException(string message, Exception? cause = null)
        : base(message, cause)
    {
        if (cause is KafkaException last)
        {
            (BrokerId, BrokerAddress, Api, TopicPartition) = (last.BrokerId, last.BrokerAddress, last.Api, last.TopicPartition);
        }
    }

    /// <inheritdoc/>
    public override bool IsRetriable => true;
}
