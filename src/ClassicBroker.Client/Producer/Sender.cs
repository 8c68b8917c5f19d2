using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer.Transactions;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Takes batches that are ready out of the accumulator and sends them to the leaders of their partitions: several requests under way to
/// each broker, one batch of a partition in each, expired batches failed. What becomes of a batch is <see cref="BatchOutcomes"/>'s matter.
/// Threading: belongs to the client's loop; <see cref="Wake"/> may be called from anywhere.
/// </summary>
internal sealed class Sender
{
    /// <summary>Bytes of a produce request beside its batches, as an allowance.</summary>
    private const int RequestOverhead = 512;

    private readonly ProducerConfig _config;
    private readonly ClusterClient _cluster;
    private readonly RecordAccumulator _accumulator;
    private readonly ProduceCalls _calls;
    private readonly Idempotence? _idempotence;
    private readonly ILogger _logger;
    private readonly List<PartitionQueue> _active = [];
    private readonly SortedDictionary<int, List<PartitionQueue>> _readyByLeader = [];
    private readonly HashSet<int> _connecting = [];
    private readonly BackgroundWork _connects;
    private readonly Action _run;
    private IScheduledWork? _timer;
    private long _timerDueMs = long.MaxValue;
    private int _wakePosted;
    private int _rotation;
    private bool _leavesAtOnce;
    private bool _isClosing;

    public Sender(ProducerConfig config, ClusterClient cluster, RecordAccumulator accumulator, ILogger logger)
    {
        _config = config;
        _cluster = cluster;
        _connects = new BackgroundWork("producer-connect", cluster.Loop);
        _accumulator = accumulator;
        _logger = logger;
        var isTransactional = config.TransactionalId is not null;
        _idempotence = config.EnableIdempotence ? new Idempotence(cluster, isTransactional, logger) : null;
        Transactions = isTransactional ? new ProducerTransactions(config, cluster, accumulator, _idempotence!, Wake, logger) : null;
        _calls = new ProduceCalls(config, cluster, accumulator, _idempotence, Transactions, Wake);
        _run = Run;
    }

    /// <summary>The producer's transactions; null where it has no <c>transactional.id</c>.</summary>
    public ProducerTransactions? Transactions { get; }

    private long NowMs => _cluster.Loop.Time.MonotonicMs();

    /// <summary>Lets the sender look at its queues soon. Any thread; calls before it does count as one.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePosted, 1) == 0)
        {
            _cluster.Loop.Execute(_run);
        }
    }

    /// <summary>From here on batches do not linger.</summary>
    public void StopLingering()
    {
        _isClosing = true;
        Wake();
    }

    /// <summary>Fails all that has not ended.</summary>
    public void Abort(KafkaException reason)
    {
        _timer?.Cancel();
        Transactions?.Close();
        foreach (var batch in _accumulator.Incomplete().Where(batch => !batch.IsDone))
        {
            lock (batch.Queue.Gate)
            {
                batch.Seal();
            }

            batch.Fail(reason);
        }
    }

    private void Run()
    {
        Volatile.Write(ref _wakePosted, 0);
        CancelTimer();
        TakeActivated();
        _calls.Expire(NowMs);
        SeeToTransaction();
        var wakeAtMs = FindReady();
        foreach (var (leader, queues) in _readyByLeader)
        {
            SendTo(leader, queues);
        }

        SetTimer(wakeAtMs);
    }

    /// <summary>Adds partitions that are new to the transaction, or fails the batches of one that will not be committed.</summary>
    private void SeeToTransaction()
    {
        if (Transactions is null)
        {
            return;
        }

        Transactions.AddNewPartitions();
        if (Transactions.BatchFailure is { } failure)
        {
            _calls.Outcomes.FailAll(failure, onlyUnsent: !Transactions.SentBatchesFail);
        }
    }

    private void TakeActivated()
    {
        while (_accumulator.Activated.TryDequeue(out var queue))
        {
            _active.Add(queue);
        }
    }

    /// <summary>Sorts queues whose first batch may leave by the leaders of their partitions; returns when the next one may.</summary>
    private long FindReady()
    {
        foreach (var queues in _readyByLeader.Values)
        {
            queues.Clear();
        }

        var nowMs = NowMs;
        var wakeAtMs = long.MaxValue;
        _leavesAtOnce = _isClosing || _accumulator.IsFlushing || _accumulator.Memory.IsExhausted;
        var lacksLeader = false;
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var queue = _active[i];
            wakeAtMs = Math.Min(wakeAtMs, ExpireBatches(queue, nowMs));
            if (ReadyAtMs(queue) is not { } readyAtMs)
            {
                _active.RemoveAt(i);
            }
            else if (readyAtMs > nowMs)
            {
                wakeAtMs = Math.Min(wakeAtMs, readyAtMs);
            }
            else if (_cluster.Metadata.Partition(queue.Partition) is { HasLeader: true } partition)
            {
                Ready(partition.LeaderId).Add(queue);
            }
            else
            {
                // Metadata of a topic that was idle is no longer kept.
                _cluster.Follow(queue.Partition.Topic);
                lacksLeader = true;
            }
        }

        if (lacksLeader)
        {
            _cluster.RefreshSoon();
            wakeAtMs = Math.Min(wakeAtMs, nowMs + (long)_config.RetryBackoff.TotalMilliseconds);
        }

        return wakeAtMs;
    }

    /// <summary>When the first batch may leave; null where there is none and the queue has been put to rest.</summary>
    private long? ReadyAtMs(PartitionQueue queue)
    {
        lock (queue.Gate)
        {
            if (queue.First is not { } first)
            {
                queue.IsActive = false;
                return null;
            }

            return DueAtMs(queue, first);
        }
    }

    /// <summary>When a queue's first batch may leave. Under the queue's lock.</summary>
    private long DueAtMs(PartitionQueue queue, ProducerBatch first)
    {
        if (first.Attempts > 0)
        {
            return first.NotBeforeMs;
        }

        var isFull = first.IsClosed || queue.Count > 1 || first.SizeInBytes >= _config.BatchSize;
        return isFull || _leavesAtOnce ? 0 : first.CreatedMs + (long)_config.Linger.TotalMilliseconds;
    }

    /// <summary>Fails batches whose time is over; when that of the next one is.</summary>
    private long ExpireBatches(PartitionQueue queue, long nowMs)
    {
        while (true)
        {
            ProducerBatch expired;
            lock (queue.Gate)
            {
                if (queue.First is not { } first)
                {
                    return long.MaxValue;
                }

                var endsAtMs = first.CreatedMs + (long)_config.DeliveryTimeout.TotalMilliseconds;
                if (nowMs < endsAtMs)
                {
                    return endsAtMs;
                }

                expired = queue.TakeFirst();
            }

            _calls.Outcomes.Expire(expired);
        }
    }

    private List<PartitionQueue> Ready(int leader)
    {
        if (!_readyByLeader.TryGetValue(leader, out var queues))
        {
            _readyByLeader.Add(leader, queues = []);
        }

        return queues;
    }

    private void SendTo(int leader, List<PartitionQueue> queues)
    {
        if (queues.Count == 0 || _idempotence is { IsReady: false })
        {
            if (queues.Count > 0 && Transactions is null)
            {
                _idempotence!.Acquire(Wake, failure => _calls.Outcomes.FailAll(failure));
            }

            return;
        }

        if (_cluster.Metadata.Node(leader) is null)
        {
            _cluster.RefreshSoon();
            return;
        }

        var broker = _cluster.Broker(leader);
        _accumulator.Latencies.Note(leader, NowMs, isDrained: broker.IsConnected && _calls.InFlight(leader) < _config.MaxInFlight);
        if (!broker.IsConnected)
        {
            Connect(broker);
            return;
        }

        while (queues.Count > 0 && _calls.InFlight(leader) < _config.MaxInFlight)
        {
            var batches = Drain(queues);
            if (batches.Count == 0)
            {
                return;
            }

            _calls.Send(broker, batches);
        }
    }

    /// <summary>Takes one batch of each queue, as many as one request holds; only queues that have more to give stay in the list.</summary>
    private List<ProducerBatch> Drain(List<PartitionQueue> queues)
    {
        List<ProducerBatch> batches = [];
        var size = RequestOverhead;
        var candidates = queues.ToArray();
        var start = (_rotation++ & int.MaxValue) % candidates.Length;
        queues.Clear();
        for (var i = 0; i < candidates.Length; i++)
        {
            var queue = candidates[(start + i) % candidates.Length];
            if (TryTake(queue, size, batches.Count == 0) is { } batch)
            {
                batches.Add(batch);
                size += batch.Bytes.Length;
                if (HasMore(queue))
                {
                    queues.Add(queue);
                }
            }
        }

        return batches;
    }

    private bool HasMore(PartitionQueue queue)
    {
        lock (queue.Gate)
        {
            return queue.First is not null && DueAtMs(queue, queue.First) <= NowMs;
        }
    }

    private ProducerBatch? TryTake(PartitionQueue queue, int size, bool isFirst)
    {
        ProducerBatch batch;
        lock (queue.Gate)
        {
            if (queue.First is not { } first
                || (!isFirst && size + first.SizeInBytes > _config.MaxRequestSize)
                || _calls.MustWait(queue, first))
            {
                return null;
            }

            batch = queue.TakeFirst();
        }

        _idempotence?.Prepare(batch);
        batch.Build();
        return batch;
    }

    /// <summary>Connects in the background and looks again; what fails is tried again for as long as batches wait.</summary>
    private void Connect(BrokerSlot broker) => _connects.Run(() => ConnectAsync(broker));

    private async Task ConnectAsync(BrokerSlot broker)
    {
        if (!_connecting.Add(broker.Id))
        {
            return;
        }

        try
        {
            await broker.ConnectAsync();
        }
        catch (KafkaException failure)
        {
            _logger.LogDebug("Batches wait for broker {Id}: {Cause}", broker.Id, failure.Message);
            _cluster.RefreshSoon();
        }
        finally
        {
            _connecting.Remove(broker.Id);
            Wake();
        }
    }

    private void SetTimer(long dueMs)
    {
        // What has just been sent counts too.
        dueMs = Math.Min(dueMs, _calls.NextExpiryMs());
        if (dueMs != long.MaxValue)
        {
            _timerDueMs = dueMs;
            _timer = _cluster.Loop.Schedule(Wake, TimeSpan.FromMilliseconds(Math.Max(0, dueMs - NowMs)));
        }
    }

    private void CancelTimer()
    {
        if (_timerDueMs != long.MaxValue)
        {
            _timer?.Cancel();
            _timerDueMs = long.MaxValue;
        }
    }
}
