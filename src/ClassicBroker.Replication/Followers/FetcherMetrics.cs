using System.Collections.Concurrent;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// What one fetcher shows of itself. Threading: written on the fetcher's loop, read from any thread.
/// </summary>
public sealed class FetcherMetrics
{
    private readonly ConcurrentDictionary<TopicPartition, FollowedPartition> _followed = new();
    private int _failed;

    internal FetcherMetrics(int leaderId, int number) => (LeaderId, Number) = (leaderId, number);

    /// <summary>The broker it fetches from.</summary>
    public int LeaderId { get; }

    /// <summary>Which of the fetchers of that broker it is.</summary>
    public int Number { get; }

    /// <summary>Fetch requests answered.</summary>
    public MetricCounter Requests { get; } = new();

    /// <summary>Bytes of records fetched.</summary>
    public MetricCounter Bytes { get; } = new();

    /// <summary>Partitions whose fetching has ended with an error.</summary>
    public int FailedCount
    {
        get => Volatile.Read(ref _failed);
        internal set => Volatile.Write(ref _failed, value);
    }

    /// <summary>Records each partition lacks, as far as its leader has said so, in the order of partitions.</summary>
    public IEnumerable<(TopicPartition Partition, long Lag)> Lags => _followed
        .OrderBy(entry => entry.Key)
        .Select(entry => (entry.Key, entry.Value.Lag ?? 0));

    /// <summary>The largest lag; zero where it follows nothing.</summary>
    public long LagMax => _followed.Values.Select(followed => followed.Lag ?? 0).DefaultIfEmpty().Max();

    internal void Put(FollowedPartition followed) => _followed[followed.TopicPartition] = followed;

    internal void Remove(TopicPartition partition) => _followed.TryRemove(partition, out _);
}
