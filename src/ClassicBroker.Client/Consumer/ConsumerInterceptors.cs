using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Consumer;

/// <summary>The interceptors of a consumer, called one after the other. Safe from any thread, as far as they are.</summary>
internal sealed class ConsumerInterceptors<TKey, TValue>(IReadOnlyList<IConsumerInterceptor<TKey, TValue>> interceptors, ILogger logger)
{
    public IReadOnlyList<ConsumerRecord<TKey, TValue>> OnConsume(IReadOnlyList<ConsumerRecord<TKey, TValue>> records)
    {
        foreach (var interceptor in interceptors)
        {
            try
            {
                records = interceptor.OnConsume(records);
            }
            catch (Exception failure) when (failure is not InvariantViolatedException)
            {
                logger.LogWarning(failure, "Error executing interceptor onConsume callback");
            }
        }

        return records;
    }

    public void OnCommit(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets)
    {
        foreach (var interceptor in interceptors)
        {
            try
            {
                interceptor.OnCommit(offsets);
            }
            catch (Exception failure) when (failure is not InvariantViolatedException)
            {
                logger.LogWarning(failure, "Error executing interceptor onCommit callback");
            }
        }
    }
}
