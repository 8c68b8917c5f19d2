using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// Membership of a group: joins generation after generation, keeps the session alive between them, leaves. Threading: the client's loop;
/// what other threads read is volatile.
/// </summary>
internal sealed class GroupSession(
    ConsumerConfig config, ClusterClient cluster, CoordinatorConnection coordinator, Action changed, ILogger logger)
{
    private const int NoGeneration = -1;

    /// <summary>The last version with a single member.</summary>
    private const short LastLeaveVersionWithOneMember = 2;

    /// <summary>How much longer than its rebalance a JoinGroup may take.</summary>
    private static readonly TimeSpan JoinGrace = TimeSpan.FromSeconds(5);

    private readonly BackgroundWork _heartbeats = new("group-heartbeat", cluster.Loop);
    private IScheduledWork? _heartbeat;
    private string? _protocol;
    private volatile string _memberId = "";
    private volatile int _generation = NoGeneration;
    private volatile bool _mustRejoin;
    private volatile bool _isLost;
    private int _joins;

    public string MemberId => _memberId;

    public int Generation => _generation;

    /// <summary>Another generation is asked for.</summary>
    public bool MustRejoin => _mustRejoin;

    /// <summary>The coordinator no longer knows this member: what it owned may have another owner.</summary>
    public bool IsLost => _isLost;

    /// <summary>Milliseconds on the loop's clock at which the application polled last; maximum while it is polling.</summary>
    public long PolledAtMs { get; set; } = long.MaxValue;

    /// <summary>Why the consumer can be no member any more; thrown by the next poll.</summary>
    public KafkaException? Failure { get; private set; }

    private long NowMs => cluster.Loop.Time.MonotonicMs();

    /// <summary>Asks for another generation at the next poll.</summary>
    public void RequestRejoin()
    {
        _mustRejoin = true;
        changed();
    }

    /// <summary>Becomes a member of the next generation, however often that has to be tried.</summary>
    /// <exception cref="KafkaException">The coordinator refuses for good.</exception>
    public async Task<JoinedGroup> JoinAsync(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> owned)
    {
        StopHeartbeats();
        _mustRejoin = false;
        _isLost = false;
        var mine = ++_joins;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var joined = await TryJoinAsync(topics, owned, mine);
                if (joined is not null)
                {
                    ScheduleHeartbeat();
                    return joined;
                }
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                if (mine != _joins)
                {
                    throw;
                }

                logger.LogInformation("Joining group {Group} failed and is tried again: {Reason}", config.GroupId, failure.Message);
                await cluster.PauseAsync(attempt, long.MaxValue, () => failure);
            }
        }
    }

    /// <summary>
    /// Leaves at once instead of by session timeout; static members stay, to come back. A join under way ends, and leaves where it has come
    /// through meanwhile.
    /// </summary>
    public async Task LeaveAsync()
    {
        _joins++;
        cluster.Awaited = [];
        StopHeartbeats();
        var memberId = _memberId;
        if (config.GroupInstanceId is null)
        {
            Reset();
        }

        await SendLeaveAsync(memberId);
    }

    private async Task SendLeaveAsync(string memberId)
    {
        if (memberId.Length == 0 || config.GroupInstanceId is not null)
        {
            return;
        }

        try
        {
            await coordinator.SendAsync<LeaveGroupRequest, LeaveGroupResponse>(
                new() { GroupId = config.GroupId!, MemberId = memberId }, config.RequestTimeout, LastLeaveVersionWithOneMember);
        }
        catch (KafkaException failure)
        {
            logger.LogInformation("Leaving group {Group} failed; the session will end: {Reason}", config.GroupId, failure.Message);
        }
    }

    public void Close()
    {
        StopHeartbeats();
        coordinator.Forget();
    }

    /// <summary>Takes an error of the coordinator into account; the exception to throw where the caller must hear of it.</summary>
    public KafkaException Learn(ErrorCode error, ApiKey api)
    {
        var failure = coordinator.About(new KafkaException(error), api);
        switch (error)
        {
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable:
                coordinator.Forget();
                break;
            case ErrorCode.RebalanceInProgress:
                RequestRejoin();
                break;
            case ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId:
                StopHeartbeats();
                Reset();
                _isLost = true;
                RequestRejoin();
                break;
            case ErrorCode.FencedInstanceId:
                StopHeartbeats();
                Failure = failure;
                changed();
                break;
        }

        return failure;
    }

    // --------------------------------------------------------------------------------------------------------------- join

    /// <summary>Null where it has to be tried again at once.</summary>
    private async Task<JoinedGroup?> TryJoinAsync(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> owned, int mine)
    {
        var response = await coordinator.SendAsync<JoinGroupRequest, JoinGroupResponse>(
            new()
            {
                GroupId = config.GroupId!,
                SessionTimeoutMs = (int)config.SessionTimeout.TotalMilliseconds,
                RebalanceTimeoutMs = (int)config.MaxPollInterval.TotalMilliseconds,
                MemberId = _memberId,
                GroupInstanceId = config.GroupInstanceId,
                ProtocolType = ConsumerProtocol.Type,
                Protocols =
                [
                    .. config.PartitionAssignors.Select(assignor => new JoinGroupRequest.JoinGroupRequestProtocol
                    {
                        Name = assignor.Name,
                        Metadata = ConsumerProtocol.Encode(
                            topics, assignor.UserData(owned, _generation), config.IsCooperative ? owned : [], _generation),
                    }),
                ],
            },
            config.MaxPollInterval + JoinGrace);
        if (mine != _joins)
        {
            // The application has left meanwhile, and this member with it.
            await SendLeaveAsync(response.MemberId);
            throw new ClientClosedException();
        }

        switch (response.ErrorCode)
        {
            case ErrorCode.None:
                _memberId = response.MemberId;
                _generation = response.GenerationId;
                _protocol = response.ProtocolName;
                return await SyncAsync(response);
            case ErrorCode.MemberIdRequired:
                _memberId = response.MemberId;
                return null;
            case ErrorCode.UnknownMemberId:
                Reset();
                return null;
            default:
                throw Refused(response.ErrorCode, ApiKey.JoinGroup);
        }
    }

    private async Task<JoinedGroup?> SyncAsync(JoinGroupResponse joined)
    {
        cluster.Awaited = [];
        var (assignments, counts) = joined.Leader == joined.MemberId ? await AssignAsync(joined) : ([], null);
        var response = await coordinator.SendAsync<SyncGroupRequest, SyncGroupResponse>(
            new()
            {
                GroupId = config.GroupId!,
                GenerationId = _generation,
                MemberId = _memberId,
                GroupInstanceId = config.GroupInstanceId,
                ProtocolType = ConsumerProtocol.Type,
                ProtocolName = _protocol,
                Assignments = assignments,
            },
            config.MaxPollInterval + JoinGrace);
        switch (response.ErrorCode)
        {
            case ErrorCode.None:
                return new(
                    joined.GenerationId, joined.MemberId, ConsumerProtocol.DecodeAssignment(response.Assignment), counts);
            case ErrorCode.RebalanceInProgress:
                return null;
            case ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration:
                Reset();
                return null;
            default:
                throw Refused(response.ErrorCode, ApiKey.SyncGroup);
        }
    }

    private async Task<(SyncGroupRequest.SyncGroupRequestAssignment[] Assignments, IReadOnlyDictionary<string, int> Counts)> AssignAsync(
        JoinGroupResponse joined)
    {
        SubscribedMember[] members =
        [
            .. joined.Members.Select(member => ConsumerProtocol.DecodeMember(member.MemberId, member.GroupInstanceId, member.Metadata))
                .OrderBy(member => member.InstanceId is null)
                .ThenBy(member => member.InstanceId ?? member.MemberId, StringComparer.Ordinal),
        ];
        string[] topics = [.. members.SelectMany(member => member.Topics).Distinct(StringComparer.Ordinal)];
        foreach (var topic in topics)
        {
            cluster.Follow(topic);
        }

        cluster.Awaited = topics;
        var metadata = await cluster.RefreshAsync();
        var counts = topics.ToDictionary(topic => topic, topic => metadata.Topic(topic)?.Partitions.Length ?? 0, StringComparer.Ordinal);
        if (joined.SkipAssignment)
        {
            // The group keeps what it was assigned, and this leader sees to the topics.
            return ([], counts);
        }

        var assignor = config.PartitionAssignors.First(candidate => candidate.Name == joined.ProtocolName);
        var existing = counts.Where(topic => topic.Value > 0).ToDictionary(StringComparer.Ordinal);
        var assigned = assignor.Assign(existing, members);
        return (
            [
                .. assigned.Select(entry => new SyncGroupRequest.SyncGroupRequestAssignment
                {
                    MemberId = entry.Key,
                    Assignment = ConsumerProtocol.Encode(entry.Value),
                }),
            ],
            counts);
    }

    private KafkaException Refused(ErrorCode error, ApiKey api)
    {
        var failure = coordinator.About(new KafkaException(error), api);
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)
        {
            coordinator.Forget();
        }

        return failure;
    }

    private void Reset() => (_memberId, _generation, _protocol) = ("", NoGeneration, null);

    // --------------------------------------------------------------------------------------------------------- heartbeats

    private void ScheduleHeartbeat() => _heartbeat = cluster.Loop.Schedule(() => _heartbeats.Run(HeartbeatAsync), config.HeartbeatInterval);

    private void StopHeartbeats()
    {
        _heartbeat?.Cancel();
        _heartbeat = null;
    }

    private async Task HeartbeatAsync()
    {
        var mine = _heartbeat;
        try
        {
            if (PolledAtMs < NowMs - config.MaxPollInterval.TotalMilliseconds)
            {
                logger.LogWarning(
                    "Consumer poll timeout has expired: the time between polls was longer than max.poll.interval.ms; leaving group {Group}",
                    config.GroupId);
                _isLost = true;
                await LeaveAsync();
                RequestRejoin();
                return;
            }

            var response = await coordinator.SendAsync<HeartbeatRequest, HeartbeatResponse>(
                new()
                {
                    GroupId = config.GroupId!,
                    GenerationId = _generation,
                    MemberId = _memberId,
                    GroupInstanceId = config.GroupInstanceId,
                },
                config.RequestTimeout);
            if (response.ErrorCode != ErrorCode.None && mine == _heartbeat)
            {
                Learn(response.ErrorCode, ApiKey.Heartbeat);
            }
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            logger.LogDebug("A heartbeat of group {Group} failed: {Reason}", config.GroupId, failure.Message);
        }
        catch (KafkaException failure)
        {
            Failure = failure;
            changed();
            return;
        }

        if (mine == _heartbeat && mine is not null)
        {
            ScheduleHeartbeat();
        }
    }
}
