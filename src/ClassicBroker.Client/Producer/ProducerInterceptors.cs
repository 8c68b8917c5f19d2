using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer;

/// <summary>The interceptors of a producer, called one after the other. Safe from any thread, as far as they are.</summary>
internal sealed class ProducerInterceptors<TKey, TValue>(IReadOnlyList<IProducerInterceptor<TKey, TValue>> interceptors, ILogger logger)
{
    public ProducerRecord<TKey, TValue> OnSend(ProducerRecord<TKey, TValue> record)
    {
        foreach (var interceptor in interceptors)
        {
            try
            {
                record = interceptor.OnSend(record);
            }
            catch (Exception failure) when (failure is not Primitives.InvariantViolatedException)
            {
                logger.LogWarning(failure, "Error executing interceptor onSend callback for topic: {Topic}", record.Topic);
            }
        }

        return record;
    }

    public void OnAcknowledgement(in RecordMetadata metadata, Exception? failure)
    {
        foreach (var interceptor in interceptors)
        {
            try
            {
                interceptor.OnAcknowledgement(metadata, failure);
            }
            catch (Exception thrown) when (thrown is not Primitives.InvariantViolatedException)
            {
                logger.LogWarning(thrown, "Error executing interceptor onAcknowledgement callback");
            }
        }
    }

    /// <summary>Tells the interceptors of a record's outcome, and <paramref name="handler"/> after them.</summary>
    public IDeliveryHandler Tell(ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler) =>
        new Delivery(this, record.Topic, record.Partition ?? -1, handler);

    private sealed class Delivery(
        ProducerInterceptors<TKey, TValue> interceptors, string topic, int partition, IDeliveryHandler? handler) : IDeliveryHandler
    {
        public void OnDelivered(long tag, in RecordMetadata metadata)
        {
            interceptors.OnAcknowledgement(metadata, null);
            handler?.OnDelivered(tag, metadata);
        }

        public void OnFailed(long tag, KafkaException failure)
        {
            interceptors.OnAcknowledgement(new RecordMetadata(topic, partition, -1, -1), failure);
            handler?.OnFailed(tag, failure);
        }
    }
}
