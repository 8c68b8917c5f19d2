namespace ClassicBroker.Client;

/// <summary>
/// Sees every record a producer is given, may change it, and hears what became of it. What it throws is logged and changes nothing, as in
/// Kafka. Interceptors are called in the order they were given.
/// </summary>
/// <typeparam name="TKey">What keys are.</typeparam>
/// <typeparam name="TValue">What values are.</typeparam>
public interface IProducerInterceptor<TKey, TValue>
{
    /// <summary>Called on the thread that publishes, before serialization; returns the record to send in its place.</summary>
    ProducerRecord<TKey, TValue> OnSend(ProducerRecord<TKey, TValue> record);

    /// <summary>
    /// The record was written, or failed. Called on the producer's network thread, or on the one that publishes where a record was refused
    /// before it was in the buffer; an implementation returns quickly.
    /// </summary>
    /// <param name="metadata">Where the record was written; partition and offset are -1 where it was not.</param>
    /// <param name="failure">Why it was not written; null where it was.</param>
    void OnAcknowledgement(in RecordMetadata metadata, Exception? failure);
}
