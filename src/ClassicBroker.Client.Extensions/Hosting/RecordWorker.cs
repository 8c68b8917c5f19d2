using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Hosting;

/// <summary>
/// One consumer of a hosted service and its loop: poll, hand out, commit. At a retry level records wait until they are due. Between two
/// records it polls where a handler has been slow, so that the group does not go on without it. Threading: one run at a time.
/// </summary>
internal sealed class RecordWorker<TKey, TValue> : IRebalanceListener
{
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1);

    private readonly ServicePlan _plan;
    private readonly int _level;
    private readonly ConsumerConfig _config;
    private readonly RecordProcessor<TKey, TValue> _processor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KafkaConsumer<byte[]?, byte[]?> _consumer;
    private readonly HandledPositions _positions;

    /// <summary>Partitions given up since the last poll for records: those in hand are not this worker's any more.</summary>
    private readonly HashSet<TopicPartition> _givenUp = [];

    private long _polledAt;

    /// <param name="plan">What the service does.</param>
    /// <param name="level">The retry it is for; -1 for the topics themselves.</param>
    /// <param name="processor">Works on a record.</param>
    /// <param name="network">Shared by the application's clients; null for one of its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    public RecordWorker(
        ServicePlan plan,
        int level,
        RecordProcessor<TKey, TValue> processor,
        ClientNetwork? network,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        (_plan, _level, _processor, _time) = (plan, level, processor, time);
        _config = level < 0 ? plan.Consumer : plan.ConsumerOf(level);
        _logger = loggers.CreateLogger<KafkaConsumerService<TKey, TValue>>();
        _consumer = new KafkaConsumer<byte[]?, byte[]?>(_config, Serdes.ByteArray, Serdes.ByteArray, network, loggers);
        _positions = new HandledPositions(_consumer, _config.AutoCommitInterval, time, _logger);
        State = new WorkerState(_config.GroupId!, _config.MaxPollInterval, time);
    }

    public WorkerState State { get; }

    private bool IsAtMostOnce => _plan.Delivery == DeliveryGuarantee.AtMostOnce;

    /// <summary>Half of what the group waits between two polls.</summary>
    private TimeSpan Patience => _config.MaxPollInterval / 2;

    /// <summary>Reads until <paramref name="stopping"/> comes, finishes the record in hand, commits, and leaves the group.</summary>
    /// <param name="stopping">The application stops.</param>
    /// <param name="drained">The time for draining is over.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken drained)
    {
        State.Started();
        Exception? ending = null;
        try
        {
            _consumer.Subscribe(_level < 0 ? _plan.Topics : _plan.TopicsOf(_level), this);
            while (!stopping.IsCancellationRequested)
            {
                await TurnAsync(stopping, drained);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The end that was asked for.
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            ending = failure;
            throw;
        }
        finally
        {
            try
            {
                await CloseAsync();
            }
            finally
            {
                State.Ended(ending);
            }
        }
    }

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions) => ValueTask.CompletedTask;

    public async ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        _givenUp.UnionWith(partitions);
        await _positions.CommitAsync();
        _positions.Forget(partitions);
    }

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions)
    {
        _givenUp.UnionWith(partitions);
        _positions.Forget(partitions);
        return ValueTask.CompletedTask;
    }

    private async Task TurnAsync(CancellationToken stopping, CancellationToken drained)
    {
        var records = await PollAsync(PollTimeout, stopping);
        _givenUp.Clear();
        if (IsAtMostOnce && !await CommitAheadAsync(records))
        {
            Rewind(records);
            return;
        }

        var begun = 0;
        try
        {
            while (begun < records.Count)
            {
                await AwaitDueAsync(records[begun], stopping);
                stopping.ThrowIfCancellationRequested();
                var record = records[begun++];
                if (!_givenUp.Contains(record.TopicPartition))
                {
                    await _processor.ProcessAsync(record, _level, drained);
                    if (!IsAtMostOnce)
                    {
                        _positions.Advance(record);
                    }
                }

                await KeepMembershipAsync(stopping);
                await _positions.CommitIfDueAsync();
            }
        }
        finally
        {
            if (IsAtMostOnce)
            {
                StandBefore(records, begun);
            }
        }

        await _positions.CommitIfDueAsync();
    }

    /// <summary>Polls; failures that pass end in nothing polled.</summary>
    private async Task<IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>>> PollAsync(TimeSpan timeout, CancellationToken stopping)
    {
        try
        {
            var records = await _consumer.PollAsync(timeout, stopping);
            State.Polled();
            _polledAt = _time.GetTimestamp();
            return records;
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            _logger.LogWarning("The poll of group {Group} is made again: {Reason}", _config.GroupId, failure.Message);
            await Task.Delay(_config.RetryBackoffMax, _time, stopping);
            return [];
        }
    }

    /// <summary>Commits positions behind records whose handling has not begun.</summary>
    private async Task<bool> CommitAheadAsync(IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records)
    {
        foreach (var record in records)
        {
            _positions.Advance(record);
        }

        if (await _positions.CommitAsync())
        {
            return true;
        }

        _positions.Forget(records.Select(record => record.TopicPartition));
        return false;
    }

    /// <summary>Records whose handling has not begun are given back: an orderly stop loses none of them.</summary>
    private void StandBefore(IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records, int begun)
    {
        for (var i = records.Count - 1; i >= begun; i--)
        {
            if (!_givenUp.Contains(records[i].TopicPartition))
            {
                _positions.StandBefore(records[i]);
            }
        }
    }

    private async Task AwaitDueAsync(ConsumerRecord<byte[]?, byte[]?> record, CancellationToken stopping)
    {
        while (_level >= 0 && !_givenUp.Contains(record.TopicPartition))
        {
            var left = DateTimeOffset.FromUnixTimeMilliseconds(record.TimestampMs) + _plan.DelayOf(_level) - _time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            await _positions.CommitIfDueAsync();
            await Task.Delay(left < Patience ? left : Patience, _time, stopping);
            await KeepMembershipAsync(stopping);
        }
    }

    /// <summary>Takes part in the group while records are in hand; what such a poll brings comes again.</summary>
    private async Task KeepMembershipAsync(CancellationToken stopping)
    {
        if (_time.GetElapsedTime(_polledAt) < Patience)
        {
            return;
        }

        Rewind(await PollAsync(TimeSpan.Zero, stopping));
    }

    /// <summary>Has records that were polled come again.</summary>
    private void Rewind(IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records)
    {
        var assigned = _consumer.Assigned;
        foreach (var partition in records.GroupBy(record => record.TopicPartition).Where(partition => assigned.Contains(partition.Key)))
        {
            _consumer.Seek(partition.Key, partition.First().Offset);
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            await _positions.CommitAsync();
        }
        finally
        {
            await _consumer.DisposeAsync();
        }
    }
}
