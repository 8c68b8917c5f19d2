using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Console;

/// <summary>
/// The partitions a tool reads: those of one topic or of all that match a pattern, those that come later included; all of them without a
/// group, its share as a member of one. A topic that does not exist yet and a cluster that cannot be reached are waited for. Used by one
/// tool.
/// </summary>
/// <param name="consumer">Reads the partitions.</param>
/// <param name="isMember">Whether the consumer has a group and is to share its topics with it.</param>
/// <param name="admin">Lists the topics where there is a pattern; null where one topic is read.</param>
/// <param name="topic">The topic, or null.</param>
/// <param name="pattern">The pattern, or null.</param>
/// <param name="time">The tool's clock.</param>
/// <param name="listener">Hears which partitions a member gets and gives up, or null.</param>
internal sealed class TopicSubscription<TKey, TValue>(
    KafkaConsumer<TKey, TValue> consumer,
    bool isMember,
    AdminClient? admin,
    string? topic,
    Regex? pattern,
    TimeProvider time,
    IRebalanceListener? listener = null)
{
    private const long IntervalMs = 5000;
    private const long RetryMs = 200;

    private Task<bool>? _update;
    private long _nextUpdateMs = long.MinValue;
    private volatile string[] _topics = [];

    /// <summary>True once there was something to read.</summary>
    public bool IsAssigned { get; private set; }

    /// <summary>Records that are there; none once <paramref name="timeout"/> has passed without one.</summary>
    /// <exception cref="KafkaException">The topic can never be read, or a fetch failed in a way that will not pass.</exception>
    /// <exception cref="OperationCanceledException">The tool was interrupted.</exception>
    public async Task<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var deadlineMs = time.MonotonicMs() + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        while (true)
        {
            await UpdateAsync();
            var nowMs = time.MonotonicMs();
            var untilUpdateMs = _update is null ? Math.Max(1, _nextUpdateMs - nowMs) : RetryMs;
            var left = TimeSpan.FromMilliseconds(Math.Max(0, Math.Min(deadlineMs - nowMs, untilUpdateMs)));
            IReadOnlyList<ConsumerRecord<TKey, TValue>> records = [];
            if (IsAssigned)
            {
                records = await consumer.PollAsync(left, cancellation);
            }
            else
            {
                await AwaitTopicsAsync(left, cancellation);
            }

            if (records.Count > 0 || time.MonotonicMs() >= deadlineMs)
            {
                return records;
            }
        }
    }

    /// <summary>Ends when the look at the topics that is under way does, or the time is over.</summary>
    private async Task AwaitTopicsAsync(TimeSpan left, CancellationToken cancellation)
    {
        if (_update is not { } update)
        {
            await Task.Delay(left, time, cancellation);
            return;
        }

        try
        {
            await update.WaitAsync(left, time, cancellation);
        }
        catch (TimeoutException)
        {
            // The caller looks at its deadline.
        }
    }

    /// <summary>Takes over what a look at the topics found, and starts the next one when it is due; never waits for it.</summary>
    private async Task UpdateAsync()
    {
        if (_update is null && time.MonotonicMs() >= _nextUpdateMs)
        {
            _update = FindAsync();
        }

        if (_update is { IsCompleted: true } ended)
        {
            _update = null;
            var found = await ended;
            _nextUpdateMs = time.MonotonicMs() + (found ? IntervalMs : RetryMs);
            Subscribe();
        }
    }

    /// <summary>Joins the group for the topics found. On the thread that polls, which takes part in rebalances.</summary>
    private void Subscribe()
    {
        if (isMember && _topics.Length > 0 && !_topics.SequenceEqual(consumer.Subscription))
        {
            consumer.Subscribe(_topics, listener);
            IsAssigned = true;
        }
    }

    private async Task<bool> FindAsync()
    {
        try
        {
            if (isMember)
            {
                _topics = topic is null ? await NamesAsync() : [topic];
                return _topics.Length > 0;
            }

            var partitions = topic is null ? await MatchingAsync() : await PartitionsOfAsync(topic);
            if (partitions.Count > 0 && !partitions.SequenceEqual(consumer.Assigned))
            {
                consumer.Assign(partitions);
                IsAssigned = true;
            }

            return partitions.Count > 0;
        }
        catch (KafkaException passing) when (passing.IsRetriable)
        {
            // The client logs why a broker cannot be reached; the tool's own timeout bounds the waiting.
            return false;
        }
    }

    private async Task<IReadOnlyList<TopicPartition>> PartitionsOfAsync(string name) =>
        (await consumer.FindPartitionsAsync(name))?.Select(partition => new TopicPartition(name, partition)).ToArray() ?? [];

    private async Task<IReadOnlyList<TopicPartition>> MatchingAsync()
    {
        var names = await NamesAsync();
        if (names.Length == 0)
        {
            return [];
        }

        return (await admin!.DescribeTopicsAsync(names))
            .SelectMany(described => described.ThrowIfFailed().Partitions
                .Select(partition => new TopicPartition(described.Name, partition.Partition)))
            .Order()
            .ToArray();
    }

    private async Task<string[]> NamesAsync() =>
    [
        .. (await admin!.ListTopicsAsync()).Select(listed => listed.Name)
            .Where(name => pattern!.IsMatch(name))
            .Order(StringComparer.Ordinal),
    ];
}
