namespace ClassicBroker.Client.Classic;

/// <summary>
/// Messages were not written, or it is unknown whether they were, after all retries; the cause is that of the first of them.
/// </summary>
public sealed class FailedToSendMessageException : KafkaException
{
    internal FailedToSendMessageException(int failed, int tries, KafkaException cause)
        : base($"Failed to send {failed} messages after {tries} tries. ({cause.Message})", cause) => Failed = failed;

    /// <summary>How many messages of the call were not written.</summary>
    public int Failed { get; }
}
