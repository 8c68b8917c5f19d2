namespace ClassicBroker.Client;

/// <summary>
/// Told of the outcome of records handed over by <c>SendAsync</c>. Called on the producer's network thread, in the order records of a
/// partition were sent: an implementation returns quickly and does not throw.
/// </summary>
public interface IDeliveryHandler
{
    /// <summary>The record was written.</summary>
    /// <param name="tag">What the record was handed over with.</param>
    /// <param name="metadata">Where it was written.</param>
    void OnDelivered(long tag, in RecordMetadata metadata);

    /// <summary>The record was not written, or it is unknown whether it was.</summary>
    /// <param name="tag">What the record was handed over with.</param>
    /// <param name="failure">Why.</param>
    void OnFailed(long tag, KafkaException failure);
}
