using ClassicBroker.Client.Classic.Consumers;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// One stream of messages of a <see cref="ZooKeeperConsumer{TKey, TValue}"/> (<c>kafka.consumer.KafkaStream</c>): the partitions the group
/// gives to it, in the order of each. A message counts as consumed as soon as it is handed out. A loop over it may be left and entered
/// again: it goes on with the next message. It ends when the consumer is closed. Read by one loop at a time.
/// </summary>
/// <typeparam name="TKey">What keys are.</typeparam>
/// <typeparam name="TValue">What messages are.</typeparam>
public sealed class KafkaStream<TKey, TValue> : IAsyncEnumerable<ConsumerRecord<TKey, TValue>>
{
    private readonly StreamQueue _queue;
    private readonly IDeserializer<TKey> _keyDeserializer;
    private readonly IDeserializer<TValue> _valueDeserializer;
    private readonly TimeSpan? _timeout;

    internal KafkaStream(
        StreamQueue queue, IDeserializer<TKey> keyDeserializer, IDeserializer<TValue> valueDeserializer, TimeSpan? timeout)
    {
        _queue = queue;
        _keyDeserializer = keyDeserializer;
        _valueDeserializer = valueDeserializer;
        _timeout = timeout;
    }

    /// <summary>The messages from here on.</summary>
    /// <param name="cancellationToken">Ends the loop; seen between any two messages.</param>
    /// <exception cref="ConsumerTimeoutException">No message came within <c>consumer.timeout.ms</c>.</exception>
    /// <exception cref="RecordDeserializationException">
    /// A message cannot be read. A new loop goes on behind it.
    /// </exception>
    /// <exception cref="KafkaException">Fetching failed in a way that will not pass by itself. A new loop tries again.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came.</exception>
    public async IAsyncEnumerator<ConsumerRecord<TKey, TValue>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_queue.TryTake(out var record, out var hasEnded))
            {
                yield return Decode(record);
            }
            else if (hasEnded)
            {
                yield break;
            }
            else if (!await _queue.WaitAsync(_timeout ?? TimeSpan.MaxValue, cancellationToken))
            {
                throw new ConsumerTimeoutException(_timeout!.Value);
            }
        }
    }

    private ConsumerRecord<TKey, TValue> Decode(in ConsumerRecord<byte[]?, byte[]?> record)
    {
        var isKey = true;
        try
        {
            var key = _keyDeserializer.Deserialize(record.Key, record.Key is null);
            isKey = false;
            return new ConsumerRecord<TKey, TValue>
            {
                Topic = record.Topic,
                Partition = record.Partition,
                Offset = record.Offset,
                TimestampMs = record.TimestampMs,
                TimestampType = record.TimestampType,
                Key = key,
                Value = _valueDeserializer.Deserialize(record.Value, record.Value is null),
                Headers = record.Headers,
                LeaderEpoch = record.LeaderEpoch,
                KeySize = record.KeySize,
                ValueSize = record.ValueSize,
            };
        }
        catch (Exception failure) when (failure is not Primitives.InvariantViolatedException)
        {
            throw new RecordDeserializationException(record, isKey, failure);
        }
    }
}
