using System.Collections.Concurrent;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Records that wait to be sent, in batches by partition. Producing threads put them in, the sender takes them out. Safe from any
/// thread: each queue has its lock, and what the sender has to know comes through <see cref="Activated"/>.
/// </summary>
internal sealed class RecordAccumulator(ProducerConfig config, TimeProvider time, IRandomSource random)
{
    private const int InitialCapacityMax = 64 * 1024;

    private readonly ConcurrentDictionary<string, TopicQueues> _topics = new(StringComparer.Ordinal);
    private readonly Lock _incompleteGate = new();
    private readonly HashSet<ProducerBatch> _incomplete = [];
    private int _flushes;

    /// <summary>Queues that have batches since the sender last looked.</summary>
    public ConcurrentQueue<PartitionQueue> Activated { get; } = new();

    /// <summary>Which brokers take no batches.</summary>
    public BrokerLatencies Latencies { get; } = new(config);

    public BufferMemory Memory { get; } = new(config.BufferMemory, time);

    public IEnumerable<TopicQueues> Topics => _topics.Values;

    /// <summary>True while batches are to leave at once.</summary>
    public bool IsFlushing => Volatile.Read(ref _flushes) > 0;

    public bool TryGetTopic(string name, out TopicQueues topic) => _topics.TryGetValue(name, out topic!);

    public TopicQueues AddTopic(TopicMetadata metadata) =>
        _topics.GetOrAdd(metadata.Name, _ => new TopicQueues(metadata, config, random, Latencies));

    /// <summary>
    /// Puts a record into the last batch of a partition, or into a new one that <paramref name="memory"/> bytes were taken for.
    /// </summary>
    /// <returns>What happened, and whether the sender should look.</returns>
    public AppendResult Append(PartitionQueue queue, in PendingRecord record, int memory)
    {
        lock (queue.Gate)
        {
            var last = queue.Last;
            if (last is not null && TryAppend(last, record, out var index))
            {
                return new AppendResult(last, index, IsNewBatch: false, IsFull: last.SizeInBytes >= config.BatchSize);
            }

            last?.Seal();
            if (memory == 0)
            {
                return default;
            }

            var batch = new ProducerBatch(queue, NewBuilder(), memory, time.MonotonicMs());
            Invariant.Require(TryAppend(batch, record, out index));
            Add(queue, batch);
            return new AppendResult(batch, index, IsNewBatch: true, IsFull: batch.SizeInBytes >= config.BatchSize);
        }
    }

    /// <summary>Bytes a new batch takes for a record: a whole batch, or the record where that is larger.</summary>
    public int MemoryFor(int recordSize) => Math.Max(config.BatchSize, recordSize);

    /// <summary>
    /// Puts a batch that its broker finds too large back in halves, which are sent at once and split again where they must be. Kafka's own
    /// producer splits by <c>batch.size</c>, which fails where the batch is no larger than that.
    /// </summary>
    public List<ProducerBatch> Split(ProducerBatch batch)
    {
        var parts = batch.Split(batch.SizeInBytes / 2, NewBuilder);
        lock (_incompleteGate)
        {
            foreach (var part in parts)
            {
                _incomplete.Add(part);
            }
        }

        lock (batch.Queue.Gate)
        {
            foreach (var part in Enumerable.Reverse(parts))
            {
                PutBack(part);
            }
        }

        Forget(batch);
        return parts;
    }

    /// <summary>Lets a batch be sent again. Under its queue's lock.</summary>
    public void PutBack(ProducerBatch batch)
    {
        batch.Queue.PutBack(batch);
        Activate(batch.Queue);
    }

    /// <summary>Ends a batch: no caller waits for it, and its memory is free.</summary>
    public void Forget(ProducerBatch batch)
    {
        lock (_incompleteGate)
        {
            _incomplete.Remove(batch);
        }

        batch.Release();
        Memory.Return(batch.Memory);
    }

    /// <summary>Ends when everything appended until now has ended. Batches do not linger meanwhile.</summary>
    public async Task FlushAsync(Action wake, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _flushes);
        try
        {
            wake();
            foreach (var batch in Incomplete())
            {
                await batch.WhenDone().WaitAsync(cancellation);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _flushes);
        }
    }

    /// <summary>All batches that have not ended.</summary>
    public ProducerBatch[] Incomplete()
    {
        lock (_incompleteGate)
        {
            return [.. _incomplete];
        }
    }

    private bool TryAppend(ProducerBatch batch, in PendingRecord record, out ushort index) =>
        batch.TryAppend(
            record.Key,
            record.Value,
            record.Headers,
            record.TimestampMs,
            config.BatchSize,
            record.Handler,
            record.Tag,
            out index,
            record.IsAwaited);

    private void Add(PartitionQueue queue, ProducerBatch batch)
    {
        queue.Add(batch);
        lock (_incompleteGate)
        {
            _incomplete.Add(batch);
        }

        Activate(queue);
    }

    private void Activate(PartitionQueue queue)
    {
        if (!queue.IsActive)
        {
            queue.IsActive = true;
            Activated.Enqueue(queue);
        }
    }

    private RecordBatchBuilder NewBuilder() =>
        new(config.Compression, Math.Min(config.BatchSize, InitialCapacityMax)) { IsTransactional = config.TransactionalId is not null };
}
