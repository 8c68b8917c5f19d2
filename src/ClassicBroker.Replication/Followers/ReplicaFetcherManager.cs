using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// The fetchers of a broker: <c>num.replica.fetchers</c> for each leader it follows, made when there is something to fetch and ended when
/// there is not. Owned by the broker. Threading: any thread; one lock guards who fetches what, and calls take effect in their order.
/// </summary>
public sealed class ReplicaFetcherManager(FollowerEnvironment environment) : IFollowerFetching, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(int Leader, int Number), (
        ReplicaFetcher Fetcher, HashSet<TopicPartition> Partitions)> _fetchers = [];

    private readonly Dictionary<TopicPartition, (Following Following, int Number)> _followed = [];
    private int _fetcherCount = environment.Settings.FetcherCount;
    private IReadOnlyList<IEventLoop> _loops = environment.Loops(environment.Settings.FetcherCount);
    private bool _isStopped;

    public void Follow(IReadOnlyList<Following> replicas)
    {
        lock (_lock)
        {
            if (_isStopped)
            {
                return;
            }

            foreach (var following in replicas)
            {
                Add(following);
            }

            EndIdleFetchers();
        }
    }

    public void Unfollow(IEnumerable<TopicPartition> partitions)
    {
        lock (_lock)
        {
            foreach (var partition in partitions)
            {
                Remove(partition);
            }

            EndIdleFetchers();
        }
    }

    /// <summary>Shares the partitions of each leader out over another number of fetchers, all of them new, as in Kafka.</summary>
    public void Resize(int fetcherCount)
    {
        lock (_lock)
        {
            if (_isStopped || fetcherCount == _fetcherCount)
            {
                return;
            }

            _fetcherCount = fetcherCount;
            _loops = environment.Loops(fetcherCount);
            var followed = _followed.Values
                .Select(entry => entry.Following)
                .OrderBy(following => following.Partition.TopicPartition)
                .ToList();
            followed.ForEach(following => Remove(following.Partition.TopicPartition));
            EndIdleFetchers();
            followed.ForEach(Add);
        }
    }

    /// <summary>What each fetcher shows, in the order of leaders and numbers.</summary>
    public IReadOnlyList<FetcherMetrics> Metrics
    {
        get
        {
            lock (_lock)
            {
                return [.. _fetchers.Values.Select(entry => entry.Fetcher.Metrics)];
            }
        }
    }

    /// <summary>Ends all fetching for good.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopped = true;
            foreach (var (fetcher, _) in _fetchers.Values)
            {
                fetcher.Dispose();
            }

            _fetchers.Clear();
            _followed.Clear();
        }
    }

    private void Add(Following following)
    {
        var topicPartition = following.Partition.TopicPartition;
        var key = (following.Leader, NumberOf(topicPartition));
        if (_followed.TryGetValue(topicPartition, out var before) && (before.Following.Leader, before.Number) != key)
        {
            Remove(topicPartition);
        }

        if (!_fetchers.TryGetValue(key, out var entry))
        {
            var loop = _loops[(key.Leader + key.Item2) % _loops.Count];
            entry = (new ReplicaFetcher(key.Leader, key.Item2, loop, environment.Open(key.Leader, key.Item2, loop), environment), []);
            _fetchers[key] = entry;
            entry.Fetcher.Start();
        }

        entry.Partitions.Add(topicPartition);
        _followed[topicPartition] = (following, key.Item2);
        entry.Fetcher.Add(following);
    }

    private void Remove(TopicPartition topicPartition)
    {
        if (_followed.Remove(topicPartition, out var followed))
        {
            var (fetcher, partitions) = _fetchers[(followed.Following.Leader, followed.Number)];
            partitions.Remove(topicPartition);
            fetcher.Remove(topicPartition);
        }
    }

    private void EndIdleFetchers()
    {
        foreach (var (key, (fetcher, _)) in _fetchers.Where(entry => entry.Value.Partitions.Count == 0).ToList())
        {
            _fetchers.Remove(key);
            fetcher.Dispose();
        }
    }

    /// <summary>Kafka's choice of the fetcher among those of one leader.</summary>
    private int NumberOf(TopicPartition partition) =>
        JavaHash.Abs(unchecked((31 * JavaHash.OfString(partition.Topic)) + partition.Partition)) % _fetcherCount;
}
