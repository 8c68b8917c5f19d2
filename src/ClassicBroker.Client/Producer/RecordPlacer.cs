using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Chooses the partition of a record and puts it into a batch of it, a new one where there is memory. Safe from any thread.
/// </summary>
internal sealed class RecordPlacer(ProducerConfig config, RecordAccumulator accumulator, Sender sender)
{
    /// <summary>
    /// Appends a record. Without a batch in the result <paramref name="needed"/> bytes of memory are missing, which the caller takes and
    /// hands in as <paramref name="memory"/>.
    /// </summary>
    /// <exception cref="KafkaException">The record is too large for any request, or its partition does not exist.</exception>
    public AppendResult Append(TopicQueues topic, int? chosen, in PendingRecord pending, int memory, out int needed)
    {
        var size = RecordBatchHeader.Size + RecordBatchBuilder.RecordSizeMax(pending.Key.Length, pending.Value.Length, pending.Headers);
        if (size > config.MaxRequestSize || size > config.BufferMemory)
        {
            throw new KafkaException(
                ErrorCode.MessageTooLarge,
                $"The message is {size} bytes when serialized which is larger than {config.MaxRequestSize}, the value of max.request.size, or than buffer.memory.");
        }

        var partition = chosen ?? ByKey(topic, pending);
        var isSticky = partition == -1;
        partition = isSticky ? topic.Choose() : partition;
        if ((uint)partition >= (uint)topic.Partitions.Length)
        {
            throw new KafkaException(
                ErrorCode.UnknownTopicOrPartition, $"Partition {partition} of topic {topic.Name} with partition count {topic.Partitions.Length} is not present in metadata");
        }

        needed = accumulator.MemoryFor(size);
        var queue = topic.Partitions[partition];
        sender.Transactions?.Admit(queue);
        var placed = accumulator.Append(queue, pending, memory);
        if (placed.Batch is null && isSticky && topic.TryMoveOn(partition))
        {
            partition = topic.Choose();
            queue = topic.Partitions[partition];
            sender.Transactions?.Admit(queue);
            placed = accumulator.Append(queue, pending, memory);
        }

        if (placed.Batch is null && memory == 0 && accumulator.Memory.TryTake(needed))
        {
            placed = accumulator.Append(queue, pending, needed);
            if (!placed.IsNewBatch)
            {
                accumulator.Memory.Return(needed);
            }
        }

        if (placed.Batch is not null)
        {
            topic.Use();
            if (isSticky)
            {
                topic.CountSticky(partition, size - RecordBatchHeader.Size);
            }

            if (placed.IsNewBatch || placed.IsFull)
            {
                sender.Wake();
            }
        }

        return placed;
    }

    private int ByKey(TopicQueues topic, in PendingRecord pending) =>
        config.CustomPartitioner is { } partitioner
            ? partitioner.Partition(topic.Name, pending.Key.Span, !pending.Key.IsNull, pending.Value.Span, topic.Partitions.Length)
            : topic.ByKey(pending.Key.Span, !pending.Key.IsNull);
}
