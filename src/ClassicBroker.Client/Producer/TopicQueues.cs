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
    private volatile int[] _available = [];
    private int _sticky = -1;
    private long _stickyBytes;
    private int _roundRobin;

    public TopicQueues(TopicMetadata topic, ProducerConfig config, IRandomSource random)
    {
        _config = config;
        _random = random;
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

            _available = topic.Partitions.Where(partition => partition.HasLeader).Select(partition => partition.Partition).ToArray();
        }
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
                return _available.Length > 0 ? _available[turn % _available.Length] : turn % _partitions.Length;
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

    /// <summary>Draws a partition with a leader: each alike, or the likelier the fewer batches wait for it.</summary>
    private int Draw()
    {
        var candidates = _available;
        if (candidates.Length == 0)
        {
            return _random.Next(_partitions.Length);
        }

        if (!_config.AdaptivePartitioning || candidates.Length == 1)
        {
            return candidates[_random.Next(candidates.Length)];
        }

        Span<int> weights = candidates.Length <= 256 ? stackalloc int[candidates.Length] : new int[candidates.Length];
        var longest = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            weights[i] = _partitions[candidates[i]].Count;
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

        return candidates[chosen];
    }
}
