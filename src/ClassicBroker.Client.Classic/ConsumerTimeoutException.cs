namespace ClassicBroker.Client.Classic;

/// <summary>No message came within <c>consumer.timeout.ms</c>. The stream can be read on.</summary>
public sealed class ConsumerTimeoutException : KafkaException
{
    internal ConsumerTimeoutException(TimeSpan timeout)
        : base($"No message arrived within {timeout.TotalMilliseconds:0} ms, the value of consumer.timeout.ms")
    {
    }

    /// <inheritdoc/>
    public override bool IsRetriable => true;
}
