using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// Fills this broker's replicas of partitions that one other broker leads (Kafka's ReplicaFetcherThread): finds where a log parts from the
/// leader's, cuts it there, and appends what the leader sends, one request after the other. Owned by the
/// <see cref="ReplicaFetcherManager"/>. Threading: everything happens on the loop; any thread may call.
/// </summary>
internal sealed class ReplicaFetcher : IDisposable
{
    private readonly IEventLoop _loop;
    private readonly FetcherContext _context;
    private readonly LogAlignment _alignment;
    private readonly FetchRound _round;
    private TaskCompletionSource? _wake;

    public ReplicaFetcher(int leaderId, int number, IEventLoop loop, ILeaderEndpoint leader, FollowerEnvironment environment)
    {
        _loop = loop;
        Metrics = new FetcherMetrics(leaderId, number);
        _context = new FetcherContext(Metrics, loop, leader, environment);
        _alignment = new LogAlignment(_context);
        _round = new FetchRound(_context, _alignment);
    }

    public FetcherMetrics Metrics { get; }

    /// <summary>Begins to fetch. What escapes is fatal: the loop it runs on says so.</summary>
    public void Start() => _loop.Execute(() => new BackgroundWork("replica-fetcher", _loop).Run(RunAsync));

    public void Add(Following following) => _loop.Execute(() =>
    {
        var topicPartition = following.Partition.TopicPartition;
        _context.ForgetFailure(topicPartition);
        if (_context.Partitions.TryGet(topicPartition, out var current)
            && ReferenceEquals(current.Partition, following.Partition)
            && current.LeaderEpoch == following.LeaderEpoch.Value)
        {
            return;
        }

        var followed = new FollowedPartition(following);
        if (followed.Log is { } log)
        {
            followed.Begin(log, _context.Settings.TruncatesOnFetch);
            _context.Partitions.Put(followed);
            _wake?.TrySetResult();
        }
    });

    public void Remove(TopicPartition topicPartition) => _loop.Execute(() =>
    {
        _context.ForgetFailure(topicPartition);
        _context.Partitions.Remove(topicPartition);
    });

    /// <summary>Ends the fetching; a request under way is given up.</summary>
    public void Dispose() => _loop.Execute(() =>
    {
        _context.IsStopped = true;
        _context.Leader.Dispose();
        _wake?.TrySetResult();
    });

    private async Task RunAsync()
    {
        while (!_context.IsStopped)
        {
            await _alignment.CompareAsync();
            if (!_context.IsStopped && !await _round.RunAsync())
            {
                await PauseAsync();
            }
        }
    }

    /// <summary>Waits for something to fetch for: a new partition, or one whose delay ends.</summary>
    private async Task PauseAsync()
    {
        if (_context.IsStopped)
        {
            return;
        }

        var pauseMs = (long)_context.Settings.BackoffMs;
        var nowMs = _context.NowMs;
        foreach (var followed in _context.Partitions.InOrder)
        {
            if (followed.IsDelayed(nowMs))
            {
                pauseMs = Math.Min(pauseMs, followed.DelayedUntilMs - nowMs);
            }
        }

        _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _loop.IsSignalledWithinAsync(_wake.Task, TimeSpan.FromMilliseconds(pauseMs));
        _wake = null;
    }
}
