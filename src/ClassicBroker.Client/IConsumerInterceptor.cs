using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// Sees the records of every poll, may change them or leave some out, and hears of commits. What it throws is logged and changes nothing,
/// as in Kafka. Interceptors are called in the order they were given.
/// </summary>
/// <typeparam name="TKey">What keys are.</typeparam>
/// <typeparam name="TValue">What values are.</typeparam>
public interface IConsumerInterceptor<TKey, TValue>
{
    /// <summary>Called within a poll that has records; returns those to hand out in their place.</summary>
    IReadOnlyList<ConsumerRecord<TKey, TValue>> OnConsume(IReadOnlyList<ConsumerRecord<TKey, TValue>> records);

    /// <summary>Positions of the group were committed. Called on the client's network thread; an implementation returns quickly.</summary>
    void OnCommit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets);
}
