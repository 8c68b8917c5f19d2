namespace ClassicBroker.Client;

/// <summary>Something did not happen in time. <see cref="Exception.InnerException"/> is the last failure met on the way, if any.</summary>
public sealed class KafkaTimeoutException(string message, Exception? cause = null) : KafkaException(message, cause)
{
    /// <inheritdoc/>
    public override bool IsRetriable => true;
}
