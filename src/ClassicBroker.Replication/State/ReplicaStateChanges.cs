using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.State;

/// <summary>
/// Applies what the controller decides: who leads, who follows, which replicas go; and says what was decided, so that others act on it.
/// A deposed controller, by the epoch of the newest heard of, changes nothing. Threading: one request at a time, on a loop that may wait
/// for a disk. The lock of the replica manager's state changes is held for one partition at a time, and taken before any partition's; what
/// a request has changed in the log directories is made durable once for all its partitions.
/// </summary>
public sealed partial class ReplicaStateChanges(ReplicaManager replicas, Func<string, LogConfig> configOf, ILogger logger)
{
    private const short FirstVersionWithTopicIds = 5;

    /// <summary>Partitions this broker has refused to lead; guarded by the lock of state changes.</summary>
    private readonly Dictionary<TopicPartition, Refusal> _refusals = [];

    private int _controllerEpoch;

    /// <summary>The epoch of the newest controller heard of.</summary>
    public int ControllerEpoch => Volatile.Read(ref _controllerEpoch);

    /// <summary>Runs <paramref name="apply"/> under the lock where the controller is not a deposed one.</summary>
    public ErrorCode ApplyFrom(BrokerId controllerId, int controllerEpoch, Action apply)
    {
        lock (replicas.StateChange)
        {
            if (controllerEpoch < _controllerEpoch)
            {
                LogStaleController(controllerId, controllerEpoch, _controllerEpoch);
                return ErrorCode.StaleControllerEpoch;
            }

            _controllerEpoch = controllerEpoch;
            apply();
            return ErrorCode.None;
        }
    }

    /// <summary>Takes or hands over the lead of every partition in the request (KIP-380 fencing is the caller's).</summary>
    /// <param name="request">What the controller decided.</param>
    /// <param name="version">That it was sent in.</param>
    /// <param name="brokerEpoch">That of this broker as it knows it; requests of before 2.2 name none.</param>
    public AppliedChange<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request, short version, long brokerEpoch)
    {
        var decisions = new ReplicaDecisions();
        var response = new LeaderAndIsrResponse { ErrorCode = Accept(new BrokerId(request.ControllerId), request.ControllerEpoch) };
        if (response.ErrorCode != ErrorCode.None)
        {
            return new(response, decisions);
        }

        var changes = Changes(request, brokerEpoch).ToList();
        foreach (var change in changes)
        {
            lock (replicas.StateChange)
            {
                change.Error = Apply(change, decisions);
                NoteAppointment(change, request.BrokerEpoch);
            }
        }

        replicas.Logs.SyncDirectories();
        foreach (var change in changes.Where(change => change.Error == ErrorCode.None && IsOnFailedDirectory(change.Partition)))
        {
            change.Error = ErrorCode.KafkaStorageError;
        }

        if (decisions.Led.Any(partition => partition.Replicas.Count > 1))
        {
            replicas.Recall.Begin();
        }

        Answer(request, response, changes, version);
        return new(response, decisions);
    }

    /// <summary>The last epoch and the end of a replica's log, whichever leads; null where this broker has none.</summary>
    public EpochEndOffset? LogEndOf(TopicPartition partition) =>
        replicas.TryGetOnline(partition, out var replica) && replica.Log is { } log ? new(log.LatestEpoch, log.LogEndOffset) : null;

    /// <summary>Stops replicas, and deletes those that are to go.</summary>
    public AppliedChange<StopReplicaResponse> Apply(StopReplicaRequest request)
    {
        var decisions = new ReplicaDecisions();
        var response = new StopReplicaResponse { ErrorCode = Accept(new BrokerId(request.ControllerId), request.ControllerEpoch) };
        if (response.ErrorCode != ErrorCode.None)
        {
            return new(response, decisions);
        }

        var stops = ReplicaStops.Of(request).ToList();
        response.PartitionErrors =
        [
            .. stops.Select(stop => new StopReplicaResponse.StopReplicaPartitionError
            {
                TopicName = stop.Partition.Topic,
                PartitionIndex = stop.Partition.Partition,
                ErrorCode = ApplyLocked(stop, decisions),
            }),
        ];
        if (stops.Exists(stop => stop.Delete))
        {
            replicas.Logs.SyncDirectories();
            replicas.Logs.CheckpointAll();
        }

        return new(response, decisions);
    }

    /// <summary>Takes note of the controller's epoch, unless there has been a newer one.</summary>
    private ErrorCode Accept(BrokerId controllerId, int controllerEpoch) => ApplyFrom(controllerId, controllerEpoch, static () => { });

    private bool IsOnFailedDirectory(TopicPartition partition) =>
        replicas.TryGetOnline(partition, out var online) ? online.Log is { Directory.IsOnline: false } : replicas.IsOffline(partition);

    private ErrorCode ApplyLocked(ReplicaStop stop, ReplicaDecisions decisions)
    {
        lock (replicas.StateChange)
        {
            return Apply(stop, decisions);
        }
    }

    private ErrorCode Apply(LeadershipChange change, ReplicaDecisions decisions)
    {
        var topicPartition = change.Partition;
        if (replicas.IsOffline(topicPartition))
        {
            return ErrorCode.KafkaStorageError;
        }

        var known = replicas.TryGetOnline(topicPartition, out var partition);
        partition ??= replicas.GetOrAdd(topicPartition);
        var error = Apply(partition, change, decisions);
        if (error != ErrorCode.None && !known && partition.Log is null && !replicas.IsOffline(topicPartition))
        {
            replicas.Remove(topicPartition);
        }

        return error;
    }

    /// <summary>Also where nothing changes: that this broker leads is news of today.</summary>
    private void NoteAppointment(LeadershipChange change, long brokerEpoch)
    {
        if (replicas.TryGetOnline(change.Partition, out var partition)
            && partition.IsLeader
            && change.Assignment.Leader == replicas.LocalBrokerId.Value
            && change.Assignment.LeaderEpoch == partition.LeaderEpoch)
        {
            partition.NoteAppointment(brokerEpoch);
        }
    }

    private ErrorCode Apply(Partition partition, LeadershipChange change, ReplicaDecisions decisions)
    {
        // After a restart the log is there before the partition knows it; it may be that of a deleted topic of the same name.
        if ((partition.Log ?? replicas.Logs.Find(change.Partition)) is { TopicId: { IsZero: false } id } held
            && !change.TopicId.IsZero
            && id != change.TopicId)
        {
            LogInconsistentTopicId(change.Partition, id, change.TopicId, held.Path);
            return ErrorCode.InconsistentTopicId;
        }

        if (change.Assignment.LeaderEpoch <= partition.LeaderEpoch)
        {
            return Repeat(partition, change);
        }

        return change.Assignment.Replicas.Contains(replicas.LocalBrokerId.Value)
            ? Become(partition, change, decisions)
            : ErrorCode.UnknownTopicOrPartition;
    }

    private ErrorCode Become(Partition partition, LeadershipChange change, ReplicaDecisions decisions)
    {
        var assignment = change.Assignment;
        try
        {
            if (assignment.Leader == replicas.LocalBrokerId.Value)
            {
                if (ObtainLog(change) is { IsSuspect: true } suspect)
                {
                    if (!MustLead(change))
                    {
                        // What it lost in a crash others may still have: the controller must look for another leader.
                        LogSuspect(partition.TopicPartition);
                        NoteRefusal(change);
                        decisions.HasSuspects = true;
                        return ErrorCode.KafkaStorageError;
                    }

                    suspect.AcceptLoss();
                }

                _refusals.Remove(partition.TopicPartition);

                if (partition.MakeLeader(assignment, () => ObtainLog(change)))
                {
                    replicas.LeadershipListener?.OnElected(partition.TopicPartition, assignment.LeaderEpoch);
                }

                decisions.Lead(partition);
                LogLeader(partition.TopicPartition, assignment.LeaderEpoch, assignment.PartitionEpoch, assignment.ControllerEpoch);
            }
            else
            {
                Follow(partition, change, decisions);
            }

            return ErrorCode.None;
        }
        catch (StorageException failure)
        {
            LogStorageFailure(partition.TopicPartition, failure.Message);
            if (partition.Log is null)
            {
                // It may lie in a directory that failed: clients are told that, and not that another broker leads.
                replicas.MarkOffline(partition.TopicPartition);
            }

            return ErrorCode.KafkaStorageError;
        }
    }

    /// <summary>
    /// Is there no other replica that could have what this one lost, or is it to lead all the same? A controller that does not say so (one
    /// of Kafka, or with a protocol below 3.2) names it the only one in sync. That may also mean that the others died: it is an order only
    /// from one that has heard the refusal.
    /// </summary>
    private bool MustLead(LeadershipChange change) =>
        change.Assignment.Replicas.Count == 1
        || change.Assignment.RecoveryState == LeaderRecoveryState.Recovering
        || (change.Assignment.Isr.Count == 1
            && _refusals.TryGetValue(change.Partition, out var refusal)
            && refusal.IsTo(_controllerEpoch, change)
            && refusal.IsHeard
            && (change.NamesBrokerEpoch || refusal.Times > 1));

    private void NoteRefusal(LeadershipChange change)
    {
        var times = 0;
        if (_refusals.TryGetValue(change.Partition, out var before) && before.IsTo(_controllerEpoch, change))
        {
            if (!before.IsHeard)
            {
                return;
            }

            times = before.Times;
        }

        _refusals[change.Partition] = new()
        {
            ControllerEpoch = _controllerEpoch,
            BrokerEpoch = change.BrokerEpoch,
            LeaderEpoch = new LeaderEpoch(change.Assignment.LeaderEpoch),
            Times = times + 1,
        };
    }

    /// <summary>
    /// The partition has another leader, and who leads later is asked afresh; or it has none, which tells that a refusal has been heard.
    /// </summary>
    private void NoteFollowing(LeadershipChange change)
    {
        if (change.Assignment.Leader >= 0)
        {
            _refusals.Remove(change.Partition);
        }
        else if (_refusals.TryGetValue(change.Partition, out var refusal)
            && refusal.IsTo(_controllerEpoch, change)
            && refusal.LeaderEpoch < new LeaderEpoch(change.Assignment.LeaderEpoch))
        {
            _refusals[change.Partition] = refusal with { IsHeard = true };
        }
    }

    private void Follow(Partition partition, LeadershipChange change, ReplicaDecisions decisions)
    {
        var assignment = change.Assignment;
        if (assignment.RecoveryState == LeaderRecoveryState.Recovering)
        {
            // The cluster has given up what this replica lost: it may lead once it is in sync.
            ObtainLog(change).AcceptLoss();
        }

        var isNew = partition.MakeFollower(assignment, () => ObtainLog(change));
        LogFollower(partition.TopicPartition, assignment.Leader, assignment.LeaderEpoch, assignment.ControllerEpoch);
        if (!isNew)
        {
            return;
        }

        NoteFollowing(change);
        replicas.LeadershipListener?.OnResigned(partition.TopicPartition, assignment.LeaderEpoch);
        decisions.Follow(partition, change.TopicId, assignment);
        replicas.Delayed.CheckAndCompleteAll(partition.TopicPartition);
        if (assignment.Leader < 0)
        {
            LogNoLeader(partition.TopicPartition);
        }
    }

    /// <summary>The same or an older epoch changes nothing, but that a topic learns its id late (KIP-516).</summary>
    private ErrorCode Repeat(Partition partition, LeadershipChange change)
    {
        if (change.Assignment.LeaderEpoch < partition.LeaderEpoch
            || change.TopicId.IsZero
            || partition.Log is not { TopicId.IsZero: true } log)
        {
            LogStaleLeaderEpoch(partition.TopicPartition, change.Assignment.LeaderEpoch, partition.LeaderEpoch);
            return ErrorCode.StaleControllerEpoch;
        }

        try
        {
            log.AssignTopicId(change.TopicId);
            return ErrorCode.None;
        }
        catch (StorageException failure)
        {
            LogStorageFailure(partition.TopicPartition, failure.Message);
            return ErrorCode.KafkaStorageError;
        }
    }

    private PartitionLog ObtainLog(LeadershipChange change) =>
        replicas.Logs.GetOrCreate(
            new LogCreation(change.Partition, configOf(change.Partition.Topic), change.TopicId, change.Assignment.IsNew));

    private ErrorCode Apply(ReplicaStop stop, ReplicaDecisions decisions)
    {
        if (replicas.IsOffline(stop.Partition))
        {
            return ErrorCode.KafkaStorageError;
        }

        if (replicas.TryGetOnline(stop.Partition, out var partition)
            && stop.LeaderEpoch is not (LeaderAndIsr.EpochDuringDelete or LeaderAndIsr.NoEpoch)
            && stop.LeaderEpoch < partition.LeaderEpoch)
        {
            return ErrorCode.FencedLeaderEpoch;
        }

        decisions.Stop(stop.Partition, stop.Delete);
        if (!stop.Delete)
        {
            return ErrorCode.None;
        }

        // The last LeaderAndIsr may have gone to the remaining replicas only.
        replicas.LeadershipListener?.OnResigned(stop.Partition, stop.LeaderEpoch >= 0 ? stop.LeaderEpoch : null);

        replicas.Remove(stop.Partition);
        _refusals.Remove(stop.Partition);
        try
        {
            replicas.Logs.Delete(stop.Partition);
            replicas.Logs.Delete(stop.Partition, isFuture: true);
            return ErrorCode.None;
        }
        catch (StorageException failure)
        {
            LogStorageFailure(stop.Partition, failure.Message);
            return ErrorCode.KafkaStorageError;
        }
    }

    private static IEnumerable<LeadershipChange> Changes(LeaderAndIsrRequest request, long brokerEpoch)
    {
        var namesBrokerEpoch = request.BrokerEpoch >= 0;
        return request.UngroupedPartitionStates
            .Select(state => Change(state.TopicName, Uuid.Zero, state))
            .Concat(request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(
                state => Change(topic.TopicName, topic.TopicId, state))));

        LeadershipChange Change(string topic, Uuid topicId, LeaderAndIsrRequest.LeaderAndIsrPartitionState state) =>
            LeadershipChange.Of(topic, topicId, state, namesBrokerEpoch ? request.BrokerEpoch : brokerEpoch, namesBrokerEpoch);
    }

    private static void Answer(LeaderAndIsrRequest request, LeaderAndIsrResponse response, List<LeadershipChange> changes, short version)
    {
        LeaderAndIsrResponse.LeaderAndIsrPartitionError[] errors =
        [
            .. changes.Select(change => new LeaderAndIsrResponse.LeaderAndIsrPartitionError
            {
                TopicName = change.Partition.Topic,
                PartitionIndex = change.Partition.Partition,
                ErrorCode = change.Error,
            }),
        ];
        if (version < FirstVersionWithTopicIds)
        {
            response.PartitionErrors = errors;
            return;
        }

        var ofTopic = errors.ToLookup(error => error.TopicName, StringComparer.Ordinal);
        response.Topics =
        [
            .. request.TopicStates.Select(topic => new LeaderAndIsrResponse.LeaderAndIsrTopicError
            {
                TopicId = topic.TopicId,
                PartitionErrors = [.. ofTopic[topic.TopicName]],
            }),
        ];
    }

    /// <summary>That this broker has refused to lead a partition, and whether the controller has heard of it.</summary>
    private readonly record struct Refusal
    {
        public required int ControllerEpoch { get; init; }

        public required long BrokerEpoch { get; init; }

        /// <summary>In which it was to lead.</summary>
        public required LeaderEpoch LeaderEpoch { get; init; }

        /// <summary>
        /// How often, each time after the one before was heard. Without broker epochs the first may have been in answer to a request for an
        /// earlier life of the broker, and be forgotten by the controller once that sees the next life.
        /// </summary>
        public required int Times { get; init; }

        /// <summary>The partition is without a leader since.</summary>
        public bool IsHeard { get; init; }

        /// <summary>Another controller does not know of it, nor does one that has seen the broker go and come back since.</summary>
        public bool IsTo(int controllerEpoch, LeadershipChange change) =>
            ControllerEpoch == controllerEpoch && BrokerEpoch == change.BrokerEpoch;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ignoring request of controller {Id} with epoch {Epoch}: the newest is {Newest}")]
    private partial void LogStaleController(BrokerId id, int epoch, int newest);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ignoring leader epoch {Epoch} for partition {Partition}: it is at {Known}")]
    private partial void LogStaleLeaderEpoch(TopicPartition partition, int epoch, int known);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Topic id of partition {Partition} in the log is {Known}, but the controller sent {Sent}; the change is refused. "
            + "{Directory} is that of a topic that was deleted and made again while this broker was down: stop the broker, remove that "
            + "directory (or move it away, if its records are wanted), and start the broker; it copies the new topic from its leader")]
    private partial void LogInconsistentTopicId(TopicPartition partition, Uuid known, Uuid sent, string directory);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Leader {Partition} starts at leader epoch {Epoch}, partition epoch {PartitionEpoch}, "
            + "controller epoch {ControllerEpoch}")]
    private partial void LogLeader(TopicPartition partition, int epoch, int partitionEpoch, int controllerEpoch);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Follower {Partition} of leader {Leader} starts at leader epoch {Epoch}, controller epoch {ControllerEpoch}")]
    private partial void LogFollower(TopicPartition partition, int leader, int epoch, int controllerEpoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Partition {Partition} has no leader; waiting for the controller to appoint one")]
    private partial void LogNoLeader(TopicPartition partition);

    [LoggerMessage(Level = LogLevel.Error, Message = "Refusing to lead {Partition}: a crash cost its log committed records")]
    private partial void LogSuspect(TopicPartition partition);

    [LoggerMessage(Level = LogLevel.Error, Message = "Error while changing the state of partition {Partition}: {Reason}")]
    private partial void LogStorageFailure(TopicPartition partition, string reason);
}
