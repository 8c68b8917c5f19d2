using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Controller.State;

/// <summary>
/// All that one activation of the controller knows of the cluster. ZooKeeper holds the truth; this is its image, changed only by the events
/// of the activation, and dropped with it. Threading: the controller's loop.
/// </summary>
internal sealed class ControllerContext(int brokerId, ElectedController election)
{
    private readonly SortedDictionary<int, LiveBroker> _liveOrShuttingDown = [];
    private readonly Dictionary<string, SortedDictionary<int, ReplicaAssignment>> _assignments = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicPartition, PartitionState> _leadership = [];
    private readonly Dictionary<TopicPartition, PartitionStatus> _partitionStatuses = [];
    private readonly Dictionary<PartitionAndReplica, ReplicaStatus> _replicaStatuses = [];
    private readonly Dictionary<string, Uuid> _topicIds = new(StringComparer.Ordinal);
    private readonly Dictionary<Uuid, string> _topicNames = [];
    private readonly Dictionary<int, HashSet<TopicPartition>> _offlineDirs = [];

    public int BrokerId => brokerId;

    public int Epoch => election.Epoch;

    /// <summary>The version of <c>/controller_epoch</c> that fences our writes.</summary>
    public int EpochZkVersion => election.EpochZkVersion;

    public HashSet<int> ShuttingDownBrokerIds { get; } = [];

    public HashSet<string> AllTopics { get; } = new(StringComparer.Ordinal);

    public HashSet<TopicPartition> PartitionsBeingReassigned { get; } = [];

    /// <summary>Who has not taken the lead that was given to it.</summary>
    public LeadRefusals Refusals { get; } = new();

    /// <summary>How far those have come.</summary>
    public ReassignmentProgress Reassignments { get; } = new();

    /// <summary>Topics marked for deletion.</summary>
    public HashSet<string> TopicsToBeDeleted { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them whose partitions are gone for the state machines.</summary>
    public HashSet<string> TopicsWithDeletionStarted { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that cannot be deleted for now: a replica is dead, or a reassignment under way.</summary>
    public HashSet<string> TopicsIneligibleForDeletion { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<TopicPartition, PartitionState> Leadership => _leadership;

    public IReadOnlyCollection<int> LiveOrShuttingDownBrokerIds => _liveOrShuttingDown.Keys;

    public IEnumerable<LiveBroker> LiveOrShuttingDownBrokers => _liveOrShuttingDown.Values;

    public IEnumerable<int> LiveBrokerIds => _liveOrShuttingDown.Keys.Where(id => !ShuttingDownBrokerIds.Contains(id));

    public IEnumerable<TopicPartition> AllPartitions =>
        _assignments.SelectMany(topic => topic.Value.Keys.Select(partition => new TopicPartition(topic.Key, partition)));

    public void AddLiveBroker(LiveBroker broker) => _liveOrShuttingDown[broker.Id] = broker;

    public void RemoveLiveBroker(int id) => _liveOrShuttingDown.Remove(id);

    public LiveBroker? Broker(int id) => _liveOrShuttingDown.GetValueOrDefault(id);

    public bool IsLive(int id) => _liveOrShuttingDown.ContainsKey(id) && !ShuttingDownBrokerIds.Contains(id);

    public bool IsLiveOrShuttingDown(int id) => _liveOrShuttingDown.ContainsKey(id);

    /// <summary>True where the broker is up, stays up, and has the replica's log directory.</summary>
    public bool IsReplicaOnline(int replica, TopicPartition partition, bool includeShuttingDown = false) =>
        (includeShuttingDown ? IsLiveOrShuttingDown(replica) : IsLive(replica)) && !IsOnOfflineDir(replica, partition);

    /// <summary>True where the replica is online and has not refused to lead.</summary>
    public bool MayLead(int replica, TopicPartition partition) =>
        IsReplicaOnline(replica, partition) && !Refusals.Contains(partition, replica);

    public bool IsOnOfflineDir(int replica, TopicPartition partition) =>
        _offlineDirs.TryGetValue(replica, out var partitions) && partitions.Contains(partition);

    /// <summary>The broker's partitions on failed log directories; changes show.</summary>
    public HashSet<TopicPartition> OfflineDirPartitions(int replica)
    {
        if (!_offlineDirs.TryGetValue(replica, out var partitions))
        {
            _offlineDirs[replica] = partitions = [];
        }

        return partitions;
    }

    public void ForgetOfflineDirs(int replica) => _offlineDirs.Remove(replica);

    public bool IsQueuedForDeletion(string topic) => TopicsToBeDeleted.Contains(topic);

    /// <summary>Empty where the partition is unknown.</summary>
    public ReplicaAssignment Assignment(TopicPartition partition) =>
        _assignments.TryGetValue(partition.Topic, out var topic) && topic.TryGetValue(partition.Partition, out var assignment)
            ? assignment
            : ReplicaAssignment.Empty;

    public IReadOnlyList<int> Replicas(TopicPartition partition) => Assignment(partition).Replicas;

    public bool Contains(TopicPartition partition) =>
        _assignments.TryGetValue(partition.Topic, out var topic) && topic.ContainsKey(partition.Partition);

    public SortedDictionary<int, ReplicaAssignment> AssignmentsOf(string topic) => _assignments.GetValueOrDefault(topic, []);

    public void SetAssignment(TopicPartition partition, ReplicaAssignment assignment)
    {
        if (!_assignments.TryGetValue(partition.Topic, out var topic))
        {
            _assignments[partition.Topic] = topic = [];
        }

        topic[partition.Partition] = assignment;
    }

    public TopicPartition[] PartitionsOf(string topic) =>
        [.. AssignmentsOf(topic).Keys.Select(partition => new TopicPartition(topic, partition))];

    public PartitionAndReplica[] ReplicasOf(TopicPartition partition) =>
        [.. Replicas(partition).Select(replica => new PartitionAndReplica(partition, replica))];

    public PartitionAndReplica[] ReplicasOf(string topic) => [.. PartitionsOf(topic).SelectMany(ReplicasOf)];

    public TopicPartition[] PartitionsOn(int broker) => [.. AllPartitions.Where(partition => Replicas(partition).Contains(broker))];

    public PartitionAndReplica[] ReplicasOn(IReadOnlyCollection<int> brokers) =>
        [.. brokers.SelectMany(broker => PartitionsOn(broker).Select(partition => new PartitionAndReplica(partition, broker)))];

    public PartitionState? LeadershipOf(TopicPartition partition) => _leadership.GetValueOrDefault(partition);

    public void SetLeadership(TopicPartition partition, LeaderAndIsr leaderAndIsr) =>
        SetLeadership(partition, new PartitionState(leaderAndIsr, Epoch));

    public void SetLeadership(TopicPartition partition, PartitionState state) => _leadership[partition] = state;

    /// <summary>
    /// Has the leader registered since its leadership was last decided? Then it was gone and came back while there was no controller, as
    /// after a power cut of all. It must not go on in its epoch: what it has lost its followers have in the same epoch, and neither would
    /// see where the logs part.
    /// </summary>
    public bool HasLeaderReturnedUnseen(TopicPartition partition) =>
        LeadershipOf(partition) is { } state && HasReturnedUnseen(state.LeaderAndIsr.Leader, partition) && Replicas(partition).Count > 1;

    /// <summary>Has a replica's broker registered since the leadership of the partition was last decided?</summary>
    public bool HasReturnedUnseen(int replica, TopicPartition partition) =>
        LeadershipOf(partition) is { } state && Broker(replica) is { } broker && broker.Epoch > state.Mzxid;

    public PartitionStatus StatusOf(TopicPartition partition) =>
        _partitionStatuses.GetValueOrDefault(partition, PartitionStatus.NonExistentPartition);

    public void SetStatus(TopicPartition partition, PartitionStatus status) => _partitionStatuses[partition] = status;

    /// <summary>The figures of this moment, for metrics.</summary>
    public ControllerGauges Figures()
    {
        return new()
        {
            ActiveBrokers = _liveOrShuttingDown.Count,
            Topics = AllTopics.Count,
            Partitions = _leadership.Count,
            OfflinePartitions = _partitionStatuses.Values.Count(status => status == PartitionStatus.OfflinePartition),
            PreferredReplicaImbalance = _leadership.Count(entry => !IsQueuedForDeletion(entry.Key.Topic)
                && Replicas(entry.Key) is [var preferred, ..] && entry.Value.LeaderAndIsr.Leader != preferred),
            TopicsToDelete = TopicsToBeDeleted.Count,
            TopicsIneligibleToDelete = TopicsIneligibleForDeletion.Count,
            ReplicasToDelete = TopicsToBeDeleted.Sum(
                topic => ReplicasOf(topic).Count(replica => StatusOf(replica) != ReplicaStatus.ReplicaDeletionSuccessful)),
            ReplicasIneligibleToDelete = TopicsToBeDeleted.Sum(topic => ReplicasIn(topic, ReplicaStatus.ReplicaDeletionIneligible).Length),
            ReassigningPartitions = PartitionsBeingReassigned.Count,
            ReassignmentPercent = Reassignments.Percent(PartitionsBeingReassigned.Count),
        };
    }

    public TopicPartition[] PartitionsIn(PartitionStatus one, PartitionStatus other) =>
        [.. _partitionStatuses.Where(entry => entry.Value == one || entry.Value == other).Select(entry => entry.Key)];

    public ReplicaStatus StatusOf(PartitionAndReplica replica) =>
        _replicaStatuses.GetValueOrDefault(replica, ReplicaStatus.NonExistentReplica);

    public IReadOnlyDictionary<PartitionAndReplica, ReplicaStatus> ReplicaStatuses => _replicaStatuses;

    public void SetStatus(PartitionAndReplica replica, ReplicaStatus status) => _replicaStatuses[replica] = status;

    public void RemoveStatus(PartitionAndReplica replica) => _replicaStatuses.Remove(replica);

    public PartitionAndReplica[] ReplicasIn(string topic, ReplicaStatus status) =>
        [.. ReplicasOf(topic).Where(replica => StatusOf(replica) == status)];

    public bool AnyReplicaIn(string topic, ReplicaStatus status) => ReplicasOf(topic).Any(replica => StatusOf(replica) == status);

    public bool AllReplicasIn(string topic, ReplicaStatus status) => ReplicasOf(topic).All(replica => StatusOf(replica) == status);

    /// <summary>Partitions whose leader is gone and whose topic is to stay.</summary>
    public TopicPartition[] PartitionsWithOfflineLeader() =>
        [.. _leadership
            .Where(entry => !IsReplicaOnline(entry.Value.LeaderAndIsr.Leader, entry.Key) && !IsQueuedForDeletion(entry.Key.Topic))
            .Select(entry => entry.Key)];

    /// <summary><see cref="Uuid.Zero"/> where the topic has none.</summary>
    public Uuid TopicId(string topic) => _topicIds.GetValueOrDefault(topic, Uuid.Zero);

    public string? TopicName(Uuid id) => _topicNames.GetValueOrDefault(id);

    public void SetTopicId(string topic, Uuid id)
    {
        if (_topicIds.Remove(topic, out var former))
        {
            _topicNames.Remove(former);
        }

        _topicIds[topic] = id;
        _topicNames[id] = topic;
    }

    /// <summary>Forgets all about a topic.</summary>
    public void RemoveTopic(string topic)
    {
        foreach (var partition in PartitionsOf(topic))
        {
            foreach (var replica in ReplicasOf(partition))
            {
                _replicaStatuses.Remove(replica);
            }

            _leadership.Remove(partition);
            Refusals.Forget(partition);
            _partitionStatuses.Remove(partition);
            PartitionsBeingReassigned.Remove(partition);
        }

        _assignments.Remove(topic);
        if (_topicIds.Remove(topic, out var id))
        {
            _topicNames.Remove(id);
        }

        AllTopics.Remove(topic);
        TopicsToBeDeleted.Remove(topic);
        TopicsWithDeletionStarted.Remove(topic);
        TopicsIneligibleForDeletion.Remove(topic);
    }
}
