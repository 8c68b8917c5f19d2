using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// The queues of one topic, and the choice of a partition for records that name none. Threading: the queues may be read from any thread
/// and only grow in number; the choice is made under its own lock.
/// </summary>
internal sealed class TopicQueues
{
    private readonly Lock _gate = new();
    private readonly ProducerConfig _config;
    private readonly IRandomSource _random;
    private volatile PartitionQueue[] _partitions;
    private readonly BrokerLatencies _latencies;
    private volatile PartitionMetadata[] _available = [];
    private volatile bool _isUsed = true;
    private int _sticky = -1;
    private long _stickyBytes;
    private int _roundRobin;

    public TopicQueues(TopicMetadata topic, ProducerConfig config, IRandomSource random, BrokerLatencies latencies)
    {
        _config = config;
        _random = random;
        _latencies = latencies;
        Name = topic.Name;
        _partitions = [];
        _roundRobin = random.Next(int.MaxValue);
        Update(topic);
    }

    public string Name { get; }

    public PartitionQueue[] Partitions => _partitions;

    /// <summary>Takes over how many partitions there are and which of them have a leader.</summary>
    public void Update(TopicMetadata topic)
    {
        lock (_gate)
        {
            var count = topic.Partitions.Length == 0 ? 0 : topic.Partitions.Max(partition => partition.Partition) + 1;
            var known = _partitions;
            if (count > known.Length)
            {
                _partitions = [.. known, .. Enumerable.Range(known.Length, count - known.Length).Select(NewQueue)];
            }

            _available = topic.Partitions.Where(partition => partition.HasLeader).ToArray();
        }
    }

    /// <summary>When the topic was last found in use, on the monotonic clock. The loop's.</summary>
    public long LastUsedMs { get; set; }

    /// <summary>A record of the topic was sent.</summary>
    public void Use() => _isUsed = true;

    /// <summary>Whether a record was sent since the last time this was asked, or is still waiting.</summary>
    public bool TakeUse()
    {
        var isUsed = _isUsed || Array.Exists(_partitions, queue => queue.Count > 0);
        _isUsed = false;
        return isUsed;
    }

    /// <summary>The partition a record goes to by its key; -1 where the key does not decide.</summary>
    public int ByKey(ReadOnlySpan<byte> key, bool hasKey) =>
        hasKey && _config.Partitioner == PartitionerKind.Default && !_config.PartitionerIgnoreKeys
            ? Murmur2.Partition(key, _partitions.Length)
            : -1;

    /// <summary>The partition for a record whose key does not decide.</summary>
    public int Choose()
    {
        lock (_gate)
        {
            if (_config.Partitioner == PartitionerKind.RoundRobin)
            {
                var turn = _roundRobin++ & int.MaxValue;
                var available = _available;
                return available.Length > 0 ? available[turn % available.Length].Partition : turn % _partitions.Length;
            }

            return _sticky >= 0 ? _sticky : _sticky = Draw();
        }
    }

    /// <summary>
    /// Counts bytes appended to the partition records stick to; after two batches' worth they move on in any case (KIP-794).
    /// </summary>
    public void CountSticky(int partition, int bytes)
    {
        lock (_gate)
        {
            if (partition == _sticky)
            {
                _stickyBytes += bytes;
                MoveOnAfter(2L * _config.BatchSize);
            }
        }
    }

    /// <summary>At the end of a batch: records move on to another partition if this one had its share, so that batches are full.</summary>
    public bool TryMoveOn(int partition)
    {
        lock (_gate)
        {
            return partition != _sticky || MoveOnAfter(_config.BatchSize);
        }
    }

    private bool MoveOnAfter(long bytes)
    {
        if (_stickyBytes < Math.Max(bytes, 1))
        {
            return false;
        }

        _sticky = Draw();
        _stickyBytes = 0;
        return true;
    }

    private PartitionQueue NewQueue(int partition) => new(new TopicPartition(Name, partition));

    /// <summary>
    /// Draws a partition with a leader: each alike, or the likelier the fewer batches wait for it, without those of brokers that take none.
    /// </summary>
    private int Draw()
    {
        var available = _available;
        if (available.Length == 0)
        {
            return _random.Next(_partitions.Length);
        }

        if (!_config.AdaptivePartitioning || available.Length == 1)
        {
            return available[_random.Next(available.Length)].Partition;
        }

        var candidates = Array.Exists(available, partition => _latencies.IsSlow(partition.LeaderId))
            ? Array.FindAll(available, partition => !_latencies.IsSlow(partition.LeaderId))
            : available;
        if (candidates.Length == 0)
        {
            candidates = available;
        }

        Span<int> weights = candidates.Length <= 256 ? stackalloc int[candidates.Length] : new int[candidates.Length];
        var longest = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            weights[i] = _partitions[candidates[i].Partition].Count;
            longest = Math.Max(longest, weights[i]);
        }

        var total = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            total += weights[i] = longest + 1 - weights[i];
        }

        var drawn = _random.Next(total);
        var chosen = 0;
        while (drawn >= weights[chosen])
        {
            drawn -= weights[chosen++];
        }

        return candidates[chosen].Partition;
    }
}
