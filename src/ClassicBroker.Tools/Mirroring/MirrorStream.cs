using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Console;

namespace ClassicBroker.Tools.Mirroring;

/// <summary>
/// One consumer of a mirror: hands what it reads to the producer that all streams share, and commits only what the target cluster has
/// acknowledged. Threading: one task; the producer's network thread tells of records that could not be delivered.
/// </summary>
internal sealed class MirrorStream(
    KafkaConsumer<byte[]?, byte[]?> consumer,
    KafkaProducer<byte[]?, byte[]?> producer,
    SendFailures failures,
    MirrorProgress progress,
    TimeProvider time,
    TimeSpan commitInterval) : IRebalanceListener
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1);

    private long _nextCommitMs = time.MonotonicMs() + (long)commitInterval.TotalMilliseconds;

    /// <summary>Mirrors the topics that match until the tool is interrupted or a record cannot be delivered.</summary>
    public async Task RunAsync(AdminClient admin, Regex topics, CancellationToken interrupted)
    {
        var subscription = new TopicSubscription<byte[]?, byte[]?>(
            consumer, isMember: true, admin, topic: null, pattern: topics, time, listener: this);
        while (!interrupted.IsCancellationRequested && !failures.IsFatal)
        {
            try
            {
                foreach (var record in await subscription.PollAsync(PollTimeout, interrupted))
                {
                    await SendAsync(record);
                    progress.Add();
                }
            }
            catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
            {
                break;
            }

            if (time.MonotonicMs() >= _nextCommitMs)
            {
                await FlushAndCommitAsync();
            }
        }

        await FlushAndCommitAsync();
    }

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;

    /// <summary>The next owner begins behind what was mirrored.</summary>
    public async ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions) => await FlushAndCommitAsync();

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;

    private async Task SendAsync(ConsumerRecord<byte[]?, byte[]?> record)
    {
        var copy = new ProducerRecord<byte[]?, byte[]?>(record.Topic, record.Key, record.Value)
        {
            TimestampMs = record.TimestampMs < 0 ? null : record.TimestampMs,
            Headers = record.Headers,
        };
        try
        {
            await producer.SendAsync(copy, failures, tag: 0);
        }
        catch (KafkaException refused)
        {
            failures.OnFailed(0, refused);
        }
    }

    /// <summary>Nothing is committed behind a record that was lost where losing one ends the mirror.</summary>
    private async Task FlushAndCommitAsync()
    {
        _nextCommitMs = time.MonotonicMs() + (long)commitInterval.TotalMilliseconds;
        await producer.FlushAsync();
        if (failures.IsFatal || consumer.Assigned.Count == 0)
        {
            return;
        }

        try
        {
            await consumer.CommitAsync();
        }
        catch (CommitFailedException)
        {
            // The partitions have another owner, who mirrors from the last commit on: records may be there twice, none is missing.
        }
    }
}
