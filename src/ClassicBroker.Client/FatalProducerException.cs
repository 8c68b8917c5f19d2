namespace ClassicBroker.Client;

/// <summary>
/// The producer cannot go on: close it, and what transaction it had will be aborted. <see cref="Exception.InnerException"/> is what
/// happened to it.
/// </summary>
public class FatalProducerException : KafkaException
{
    internal FatalProducerException(string message, KafkaException cause)
        : base(message, cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsRetriable => false;

    /// <inheritdoc/>
    public override bool IsFatal => true;
}
