using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Keeps one fetch under way to each broker that has partitions of ours with room in the buffer. Threading: belongs to the client's
/// loop; <see cref="Wake"/> may be called from anywhere.
/// </summary>
internal sealed class Fetcher
{
    /// <summary>The last version that names topics by name.</summary>
    private const short LastVersionWithNames = 12;

    private readonly ConsumerConfig _config;
    private readonly ClusterClient _cluster;
    private readonly Assignment _assignment;
    private readonly FetchBuffer _buffer;
    private readonly PositionResetter _resetter;
    private readonly ILogger _logger;
    private readonly Dictionary<int, ConsumerFetchSession> _sessions = [];
    private readonly HashSet<int> _busy = [];
    private readonly Action _run;
    private readonly BackgroundWork _fetches;
    private IScheduledWork? _timer;
    private int _wakePosted;
    private int _rotation;
    private bool _isClosed;

    public Fetcher(ConsumerConfig config, ClusterClient cluster, Assignment assignment, FetchBuffer buffer, ILogger logger)
    {
        _config = config;
        _cluster = cluster;
        _assignment = assignment;
        _buffer = buffer;
        _logger = logger;
        _resetter = new PositionResetter(config, cluster, assignment, buffer, Wake, logger);
        _run = Run;
        _fetches = new BackgroundWork("fetch", cluster.Loop);
    }

    private long NowMs => _cluster.Loop.Time.MonotonicMs();

    /// <summary>Lets the fetcher look at the partitions soon. Any thread; calls before it does count as one.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePosted, 1) == 0)
        {
            _cluster.Loop.Execute(_run);
        }
    }

    public void Close()
    {
        _isClosed = true;
        _timer?.Cancel();
    }

    private void Run()
    {
        Volatile.Write(ref _wakePosted, 0);
        if (_isClosed)
        {
            return;
        }

        _resetter.Run();
        foreach (var (broker, plan) in PlanFetches())
        {
            _fetches.Run(() => FetchAsync(broker, plan));
        }
    }

    private SortedDictionary<int, FetchPlan> PlanFetches()
    {
        var plans = new SortedDictionary<int, FetchPlan>();
        var nowMs = NowMs;
        var wakeAtMs = long.MaxValue;
        var all = _assignment.All;
        var start = all.Length == 0 ? 0 : (_rotation++ & int.MaxValue) % all.Length;
        lock (_assignment.Gate)
        {
            for (var i = 0; i < all.Length; i++)
            {
                var state = all[(start + i) % all.Length];
                if (!state.IsFetchable)
                {
                    continue;
                }

                if (state.RetryAtMs > nowMs)
                {
                    wakeAtMs = Math.Min(wakeAtMs, state.RetryAtMs);
                }
                else if (!TryPlan(plans, state, nowMs))
                {
                    wakeAtMs = Math.Min(wakeAtMs, nowMs + (long)_config.RetryBackoff.TotalMilliseconds);
                }
            }
        }

        SetTimer(nowMs, wakeAtMs);
        return plans;
    }

    /// <summary>False where no broker is known to fetch the partition from.</summary>
    private bool TryPlan(SortedDictionary<int, FetchPlan> plans, AssignedPartition state, long nowMs)
    {
        _cluster.Follow(state.Partition.Topic);
        var topic = _cluster.Metadata.Topic(state.Partition.Topic);
        if (topic?.Find(state.Partition.Partition) is not { HasLeader: true } partition)
        {
            _cluster.RefreshSoon();
            return false;
        }

        var broker = state.PreferredReplica != AssignedPartition.NoReplica && nowMs < state.PreferredUntilMs
            && _cluster.Metadata.Node(state.PreferredReplica) is not null
                ? state.PreferredReplica
                : partition.LeaderId;
        if (_cluster.Metadata.Node(broker) is null)
        {
            _cluster.RefreshSoon();
            return false;
        }

        if (!_busy.Contains(broker))
        {
            if (!plans.TryGetValue(broker, out var plan))
            {
                plans.Add(broker, plan = new FetchPlan());
            }

            plan.Add(state, new FetchTarget(topic.Id, state.FetchOffset, partition.LeaderEpoch, _config.MaxPartitionFetchBytes));
        }

        return true;
    }

    private async Task FetchAsync(int broker, FetchPlan plan)
    {
        _busy.Add(broker);
        var session = Session(broker);
        try
        {
            var request = Request();
            session.Fill(request, plan.Targets);
            var maxVersion = plan.AllHaveTopicIds ? short.MaxValue : LastVersionWithNames;
            var timeout = _config.RequestTimeout > _config.FetchMaxWait
                ? _config.RequestTimeout
                : _config.FetchMaxWait + _config.RequestTimeout;
            var answer = await _cluster.Broker(broker).SendAsync<FetchRequest, FetchResponse>(request, timeout, maxVersion);
            Take(session, plan, broker, answer);
        }
        catch (KafkaException failure)
        {
            session.Reset();
            _logger.LogDebug("Fetch from broker {Broker} failed: {Cause}", broker, failure.Message);
            TakeFailure(plan, failure);
        }
        finally
        {
            _busy.Remove(broker);
            Wake();
        }
    }

    private FetchRequest Request() => new()
    {
        ReplicaId = -1,
        MaxWaitMs = (int)_config.FetchMaxWait.TotalMilliseconds,
        MinBytes = _config.FetchMinBytes,
        MaxBytes = _config.FetchMaxBytes,
        IsolationLevel = (sbyte)_config.IsolationLevel,
        RackId = _config.ClientRack,
    };

    private void TakeFailure(FetchPlan plan, KafkaException failure)
    {
        _cluster.RefreshSoon();
        if (!failure.IsRetriable && failure is not ClientClosedException)
        {
            _buffer.Fail(failure);
        }

        lock (_assignment.Gate)
        {
            foreach (var (state, _, _) in plan.Partitions)
            {
                state.Prefer(AssignedPartition.NoReplica, 0);
                BackOff(state);
            }
        }
    }

    private void Take(ConsumerFetchSession session, FetchPlan plan, int broker, RpcResponse<FetchResponse> answer)
    {
        var response = answer.Message;
        if (!session.Take(response))
        {
            answer.Dispose();
            if (response.ErrorCode.NeedsMetadataRefresh())
            {
                _cluster.RefreshSoon();
            }

            return;
        }

        var withRecords = response.Responses.Sum(topic => topic.Partitions.Count(partition => partition.Records.Length > 0));
        var memory = new SharedMemory(answer.Memory, withRecords + 1);
        foreach (var topic in response.Responses)
        {
            var name = topic.TopicId.IsZero ? topic.Topic : session.TopicOf(topic.TopicId);
            foreach (var partition in topic.Partitions)
            {
                Take(plan, broker, name is null ? null : new TopicPartition(name, partition.PartitionIndex), partition, memory);
            }
        }

        memory.Dispose();
    }

    private void Take(FetchPlan plan, int broker, TopicPartition? partition, FetchResponse.PartitionData data, SharedMemory memory)
    {
        var isTaken = false;
        lock (_assignment.Gate)
        {
            if (partition is { } known && plan.Find(known) is { } planned && planned.State.Generation == planned.Generation)
            {
                isTaken = data.ErrorCode == ErrorCode.None
                    ? TakeRecords(planned, data, memory)
                    : TakeError(planned, data, broker);
            }
        }

        if (!isTaken && data.Records.Length > 0)
        {
            memory.Dispose();
        }
    }

    /// <summary>True where the records went into the buffer and their share of the memory with them.</summary>
    private bool TakeRecords(FetchPlan.Entry planned, FetchResponse.PartitionData data, SharedMemory memory)
    {
        var state = planned.State;
        state.HighWatermark = data.HighWatermark;
        if (data.PreferredReadReplica >= 0)
        {
            TakeRedirection(state, data.PreferredReadReplica);
        }

        if (data.Records.Length == 0)
        {
            return false;
        }

        var records = data.Records.Memory;
        try
        {
            if (NextOffset(records.Span) is not { } next)
            {
                _buffer.Fail(new KafkaException(
                    ErrorCode.MessageTooLarge,
                    $"The broker sent a part of a batch of {state.Partition} at offset {planned.Target.Offset} only; "
                    + "max.partition.fetch.bytes must be larger")
                { TopicPartition = state.Partition });
                BackOff(state);
                return false;
            }

            state.Fetched(next);
        }
        catch (RecordsException corrupt)
        {
            _buffer.Fail(new KafkaException(corrupt.Code, $"{state.Partition} at offset {planned.Target.Offset}: {corrupt.Message}")
            {
                TopicPartition = state.Partition,
            });
            BackOff(state);
            return false;
        }

        state.Buffered++;
        _buffer.Add(new CompletedFetch(
            state, planned.Generation, planned.Target.Offset, records, data.AbortedTransactions ?? [], memory));
        return true;
    }

    /// <summary>A replica that metadata does not know cannot be gone to, and the leader would name it again at once.</summary>
    private void TakeRedirection(AssignedPartition state, int replica)
    {
        if (_cluster.Metadata.Node(replica) is not null)
        {
            state.Prefer(replica, NowMs + (long)_config.MetadataMaxAge.TotalMilliseconds);
            return;
        }

        _cluster.RefreshSoon();
        BackOff(state);
    }

    private bool TakeError(FetchPlan.Entry planned, FetchResponse.PartitionData data, int broker)
    {
        var state = planned.State;
        switch (data.ErrorCode)
        {
            case ErrorCode.OffsetOutOfRange when state.PreferredReplica != AssignedPartition.NoReplica:
                state.Prefer(AssignedPartition.NoReplica, 0);
                BackOff(state);
                break;
            case ErrorCode.OffsetOutOfRange when state.Buffered > 0:
                // What lies in the buffer is consumed first.
                BackOff(state);
                break;
            case ErrorCode.OffsetOutOfRange:
                _resetter.OutOfRange(state, planned.Target.Offset);
                break;
            case ErrorCode.UnknownServerError:
                _logger.LogWarning(
                    "Unknown server error while fetching offset {Offset} for topic-partition {Partition}",
                    planned.Target.Offset,
                    state.Partition);
                BackOff(state);
                break;
            // A record that is corrupt on the broker's disk stays so: the application decides whether to go on behind it.
            case var error when error.IsRetriable() && error != ErrorCode.CorruptMessage:
                state.Prefer(AssignedPartition.NoReplica, 0);
                if (data.CurrentLeader is not { } leader
                    || !_cluster.LearnLeader(state.Partition, leader.LeaderId, new LeaderEpoch(leader.LeaderEpoch)))
                {
                    _cluster.RefreshSoon();
                }

                BackOff(state);
                break;
            default:
                _buffer.Fail(
                    new KafkaException(data.ErrorCode, $"Fetching {state.Partition}: {ErrorDescriptions.Describe(data.ErrorCode)}", broker, "Fetch")
                    {
                        BrokerAddress = _cluster.AddressOf(broker),
                        TopicPartition = state.Partition,
                    });
                BackOff(state);
                break;
        }

        return false;
    }

    /// <summary>Offset behind the last whole batch; null where there is no whole one.</summary>
    private static long? NextOffset(ReadOnlySpan<byte> records)
    {
        long? next = null;
        foreach (var batch in new BatchIterator(records))
        {
            next = batch.NextOffset;
        }

        return next;
    }

    private void BackOff(AssignedPartition state) => state.RetryAtMs = NowMs + (long)_config.RetryBackoff.TotalMilliseconds;

    private ConsumerFetchSession Session(int broker)
    {
        if (!_sessions.TryGetValue(broker, out var session))
        {
            _sessions.Add(broker, session = new ConsumerFetchSession());
        }

        return session;
    }

    private void SetTimer(long nowMs, long wakeAtMs)
    {
        _timer?.Cancel();
        _timer = wakeAtMs == long.MaxValue
            ? null
            : _cluster.Loop.Schedule(Wake, TimeSpan.FromMilliseconds(Math.Max(1, wakeAtMs - nowMs)));
    }
}
