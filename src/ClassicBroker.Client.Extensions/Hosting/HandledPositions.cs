using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Hosting;

/// <summary>
/// How far records have been handled, partition by partition, and the commits of that. Threading: its worker's.
/// </summary>
internal sealed class HandledPositions(
    KafkaConsumer<byte[]?, byte[]?> consumer, TimeSpan interval, TimeProvider time, ILogger logger)
{
    private readonly SortedDictionary<TopicPartition, OffsetAndMetadata> _uncommitted = [];
    private long _committedAt = time.GetTimestamp();

    /// <summary>The next record of its partition is the one behind this.</summary>
    public void Advance(in ConsumerRecord<byte[]?, byte[]?> record) =>
        _uncommitted[record.TopicPartition] = new OffsetAndMetadata(record.Offset + 1, record.LeaderEpoch);

    /// <summary>The next record of its partition is this one, though positions behind it may be committed.</summary>
    public void StandBefore(in ConsumerRecord<byte[]?, byte[]?> record) =>
        _uncommitted[record.TopicPartition] = new OffsetAndMetadata(record.Offset, record.LeaderEpoch);

    /// <summary>Partitions have another owner, whose matter they are now.</summary>
    public void Forget(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            _uncommitted.Remove(partition);
        }
    }

    /// <summary>Commits when that is due.</summary>
    public async Task CommitIfDueAsync()
    {
        if (time.GetElapsedTime(_committedAt) >= interval)
        {
            await CommitAsync();
        }
    }

    /// <summary>Commits what has been handled. What fails in a way that passes is committed by the next call.</summary>
    /// <returns>False where it was not committed.</returns>
    /// <exception cref="KafkaException">The coordinator refuses for good.</exception>
    public async Task<bool> CommitAsync()
    {
        _committedAt = time.GetTimestamp();
        if (_uncommitted.Count == 0)
        {
            return true;
        }

        var offsets = new Dictionary<TopicPartition, OffsetAndMetadata>(_uncommitted);
        try
        {
            await consumer.CommitAsync(offsets);
            foreach (var (partition, offset) in offsets)
            {
                if (_uncommitted.TryGetValue(partition, out var now) && now == offset)
                {
                    _uncommitted.Remove(partition);
                }
            }

            return true;
        }
        catch (CommitFailedException lost)
        {
            // The next poll joins again, and the records come again to whose the partitions are then.
            logger.LogWarning("Positions could not be committed: {Reason}", lost.Message);
            _uncommitted.Clear();
            return false;
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            logger.LogWarning("Positions are committed later: {Reason}", failure.Message);
            return false;
        }
    }
}
