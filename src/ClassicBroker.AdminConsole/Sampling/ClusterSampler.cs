using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Sampling;

/// <summary>
/// Looks at the cluster every ten seconds and keeps an hour of what it saw: counts, rates, and the lag of those groups that users have
/// looked at in that hour. Bounded in what it asks and in what it keeps. Made and disposed by the <see cref="ConsoleServer"/>. Threading:
/// any; one sample at a time.
/// </summary>
internal sealed class ClusterSampler(ConsoleCluster cluster, Func<Task<BrokerReport>>? askBroker, TimeProvider time) : IAsyncDisposable
{
    private const int PartitionsAskedMax = 10_000;
    private const int GroupsWatchedMax = 300;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StartPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WatchTime = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (string Unit, SampleRing Ring)> _series = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WatchedGroup> _groups = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private Dictionary<string, double> _rates = new(StringComparer.Ordinal);
    private Dictionary<string, long> _ends = new(StringComparer.Ordinal);
    private long _sampledAt;
    private readonly TaskCompletionSource _sampled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _sampling = Task.CompletedTask;

    /// <summary>Ends with the first sample, or with the console.</summary>
    public Task Sampled => _sampled.Task;

    public void Start() => _sampling = SampleAsync();

    /// <summary>Records a second that come to a topic, as of the last sample; null where that is not known.</summary>
    public double? RateOf(string topic)
    {
        lock (_lock)
        {
            return _rates.TryGetValue(topic, out var rate) ? rate : null;
        }
    }

    /// <summary>The lag of a group as of the last sample; null where it was not sampled.</summary>
    public long? LagOf(string group)
    {
        lock (_lock)
        {
            return _groups.TryGetValue(group, out var watched) && watched.Ring.Last is { } lag ? (long)lag : null;
        }
    }

    public Series LagSeriesOf(string group)
    {
        lock (_lock)
        {
            return _groups.TryGetValue(group, out var watched) ? watched.Ring.ToSeries("Lag", "records") : new("Lag", "records", [], []);
        }
    }

    /// <summary>Everything but the lag of groups.</summary>
    public IReadOnlyList<Series> All()
    {
        lock (_lock)
        {
            return [.. _series.Select(each => each.Value.Ring.ToSeries(each.Key, each.Value.Unit))];
        }
    }

    /// <summary>Users look at these groups: their lag is sampled for an hour. Where there are too many, the one not looked at for longest
    /// goes.</summary>
    public void Watch(IEnumerable<string> groups)
    {
        lock (_lock)
        {
            foreach (var group in groups)
            {
                if (!_groups.TryGetValue(group, out var watched))
                {
                    if (_groups.Count >= GroupsWatchedMax)
                    {
                        _groups.Remove(_groups.MinBy(each => each.Value.LookedAt).Key);
                    }

                    _groups[group] = watched = new WatchedGroup();
                }

                watched.LookedAt = time.GetTimestamp();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _sampling;
        _ending.Dispose();
    }

    private async Task SampleAsync()
    {
        try
        {
            while (askBroker is not null && !(await askBroker()).IsServing)
            {
                await Task.Delay(StartPause, time, _ending.Token);
            }

            using var timer = new PeriodicTimer(Interval, time);
            do
            {
                await SampleOnceAsync();
                _sampled.TrySetResult();
            }
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The console ends.
        }
        finally
        {
            _sampled.TrySetResult();
        }
    }

    /// <summary>What cannot be asked leaves a gap in the chart: the pages say why.</summary>
    internal async Task SampleOnceAsync()
    {
        if (askBroker is not null)
        {
            foreach (var (name, unit, value) in (await askBroker()).Values)
            {
                Add(name, unit, value);
            }
        }

        try
        {
            await SampleTopicsAsync();
            await SampleGroupsAsync();
        }
        catch (KafkaException)
        {
            lock (_lock)
            {
                _rates = new(StringComparer.Ordinal);
            }
        }
    }

    private async Task SampleTopicsAsync()
    {
        var topics = await cluster.TopicsAsync().WaitAsync(_ending.Token);
        var description = await cluster.DescriptionAsync().WaitAsync(_ending.Token);
        Add("Cluster: brokers", "brokers", description.Nodes.Count);
        Add("Cluster: under-replicated partitions", "partitions", topics.UnderReplicated);
        Add("Cluster: partitions without a leader", "partitions", topics.Offline);
        if ((await cluster.SizesAsync().WaitAsync(_ending.Token)) is { IsKnown: true } sizes)
        {
            Add("Cluster: log size, all replicas", "bytes",
                sizes.Directories.Sum(directory => directory.Replicas.Sum(replica => (double)replica.Size)));
        }

        if (topics.Partitions > PartitionsAskedMax)
        {
            return;
        }

        var offsets = await cluster.OffsetsAsync(
            from topic in topics.All
            from partition in topic.Partitions
            select new TopicPartition(topic.Name, partition.Partition),
            ConsoleCluster.Latest).WaitAsync(_ending.Token);
        TakeRates(topics, offsets);
    }

    private void TakeRates(ClusterTopics topics, IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        var ends = offsets.GroupBy(offset => offset.Key.Topic).ToDictionary(topic => topic.Key, topic => topic.Sum(each => each.Value));
        var now = time.GetTimestamp();
        var seconds = _sampledAt == 0 ? 0 : time.GetElapsedTime(_sampledAt, now).TotalSeconds;
        var rates = new Dictionary<string, double>(StringComparer.Ordinal);
        if (seconds > 0)
        {
            foreach (var (topic, end) in ends)
            {
                if (_ends.TryGetValue(topic, out var before) && end >= before)
                {
                    rates[topic] = Math.Round((end - before) / seconds, 1);
                }
            }

            Add("Cluster: records in", "records/s",
                rates.Where(rate => topics.Find(rate.Key) is { IsInternal: false }).Sum(rate => rate.Value));
        }

        (_sampledAt, _ends) = (now, ends);
        lock (_lock)
        {
            _rates = rates;
        }
    }

    private async Task SampleGroupsAsync()
    {
        string[] groups;
        lock (_lock)
        {
            foreach (var forgotten in _groups.Where(each => time.GetElapsedTime(each.Value.LookedAt) > WatchTime).Select(each => each.Key)
                .ToArray())
            {
                _groups.Remove(forgotten);
            }

            groups = [.. _groups.Keys.Order(StringComparer.Ordinal)];
        }

        if (groups.Length == 0 || !(await cluster.ApisAsync()).Has(ApiKey.OffsetFetch))
        {
            return;
        }

        foreach (var group in groups)
        {
            var lag = (await GroupLag.ReadAsync(cluster, group).WaitAsync(_ending.Token)).Total;
            lock (_lock)
            {
                if (_groups.TryGetValue(group, out var watched))
                {
                    watched.Ring.Add(NowMs(), lag);
                }
            }
        }
    }

    private void Add(string name, string unit, double value)
    {
        lock (_lock)
        {
            if (!_series.TryGetValue(name, out var series))
            {
                _series[name] = series = (unit, new SampleRing());
            }

            series.Ring.Add(NowMs(), value);
        }
    }

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class WatchedGroup
    {
        public SampleRing Ring { get; } = new();

        public long LookedAt { get; set; }
    }
}
