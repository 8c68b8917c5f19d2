using ClassicBroker.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Hosting;

/// <summary>
/// Brings one record to the application's handler, in a scope and a span of its own, and where that fails to the next topic. Shared by the
/// workers of a service. Threading: any.
/// </summary>
/// <param name="plan">What the service does.</param>
/// <param name="scopes">Makes a scope for each try.</param>
/// <param name="handler">The handler of a scope.</param>
/// <param name="deserializers">Of keys and values.</param>
/// <param name="failed">Where failed records go; null where a failure ends the service.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where failures are logged.</param>
internal sealed class RecordProcessor<TKey, TValue>(
    ServicePlan plan,
    IServiceScopeFactory scopes,
    Func<IServiceProvider, IRecordHandler<TKey, TValue>> handler,
    (IDeserializer<TKey> Key, IDeserializer<TValue> Value) deserializers,
    FailedRecords? failed,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Ends when the record is done with: handled, or safe in another topic.</summary>
    /// <exception cref="OperationCanceledException">The cancellation came, and the handler ended by it.</exception>
    /// <exception cref="KafkaException">The record failed and there is no place for it.</exception>
    public async Task ProcessAsync(ConsumerRecord<byte[]?, byte[]?> raw, int level, CancellationToken cancellation)
    {
        ConsumerRecord<TKey, TValue> record;
        try
        {
            record = Deserialize(raw);
        }
        catch (Exception unreadable) when (unreadable is not InvariantViolatedException)
        {
            await DivertAsync(raw, level, attempts: 0, unreadable);
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await HandleAsync(record, cancellation);
                return;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception failure) when (failure is not InvariantViolatedException)
            {
                if (attempt >= plan.Attempts)
                {
                    await DivertAsync(raw, level, attempt, failure);
                    return;
                }

                logger.LogWarning(failure, "Record {Partition}@{Offset} is handled again", record.TopicPartition, record.Offset);
            }
        }
    }

    private ConsumerRecord<TKey, TValue> Deserialize(ConsumerRecord<byte[]?, byte[]?> raw) => new()
    {
        Topic = raw.Topic,
        Partition = raw.Partition,
        Offset = raw.Offset,
        TimestampMs = raw.TimestampMs,
        TimestampType = raw.TimestampType,
        Key = deserializers.Key.Deserialize(raw.Key, raw.Key is null),
        Value = deserializers.Value.Deserialize(raw.Value, raw.Value is null),
        Headers = raw.Headers,
        LeaderEpoch = raw.LeaderEpoch,
        KeySize = raw.KeySize,
        ValueSize = raw.ValueSize,
    };

    private async Task HandleAsync(ConsumerRecord<TKey, TValue> record, CancellationToken cancellation)
    {
        using var activity = KafkaTelemetry.StartProcessing(record, plan.Group);
        var began = time.GetTimestamp();
        Exception? failed = null;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await handler(scope.ServiceProvider).HandleAsync(record, cancellation);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            failed = failure;
            activity?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, failure.Message);
            throw;
        }
        finally
        {
            KafkaTelemetry.Processed(record.Topic, plan.Group, time.GetElapsedTime(began), failed);
        }
    }

    private async Task DivertAsync(ConsumerRecord<byte[]?, byte[]?> raw, int level, int attempts, Exception failure)
    {
        if (failed is not null)
        {
            var topic = await failed.SendAsync(raw, level, attempts, failure);
            logger.LogWarning(failure, "Record {Partition}@{Offset} goes to {Topic}", raw.TopicPartition, raw.Offset, topic);
        }
        else if (plan.Delivery == DeliveryGuarantee.AtMostOnce)
        {
            logger.LogError(failure, "Record {Partition}@{Offset} is given up", raw.TopicPartition, raw.Offset);
        }
        else
        {
            throw new KafkaException(
                $"Record {raw.TopicPartition}@{raw.Offset} could not be {(attempts == 0 ? "read" : "handled")}, and there is no "
                    + $"service.dead.letter.topic for it: {failure.Message}",
                failure);
        }
    }
}
