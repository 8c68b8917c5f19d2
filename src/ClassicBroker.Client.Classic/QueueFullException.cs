namespace ClassicBroker.Client.Classic;

/// <summary>
/// A message was dropped: <c>queue.buffering.max.messages</c> wait already, and none of them left within <c>queue.enqueue.timeout.ms</c>.
/// </summary>
public sealed class QueueFullException : KafkaException
{
    internal QueueFullException(string topic, Exception? cause = null)
        : base($"Event queue is full of unsent messages, could not send event: a message to topic {topic}", cause)
    {
    }

    /// <inheritdoc/>
    public override bool IsRetriable => true;
}
