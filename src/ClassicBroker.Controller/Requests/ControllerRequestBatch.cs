using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Requests;

/// <summary>
/// What one round of state changes tells the brokers: at most one LeaderAndIsr, then one UpdateMetadata, then StopReplica for each. All
/// brokers hear of every partition whose leadership is told to any. Threading: the controller's loop, within one event.
/// </summary>
internal sealed class ControllerRequestBatch(
    ControllerConfig config, ControllerContext context, BrokerChannels channels, IBrokerResponses responses, ILogger stateChanges)
{
    private readonly SortedDictionary<int, Dictionary<TopicPartition, LeaderAndIsrRequest.LeaderAndIsrPartitionState>> _leaderAndIsr = [];
    private readonly SortedDictionary<int, Dictionary<TopicPartition, StopReplicaRequest.StopReplicaPartitionState>> _stopReplica = [];
    private readonly SortedSet<int> _updateMetadataBrokers = [];
    private readonly Dictionary<TopicPartition, UpdateMetadataRequest.UpdateMetadataPartitionState> _updateMetadata = [];

    public void AddLeaderAndIsr(
        IEnumerable<int> brokers, TopicPartition partition, PartitionState state, ReplicaAssignment assignment, bool isNew)
    {
        foreach (var broker in brokers.Where(context.IsLiveOrShuttingDown))
        {
            if (!_leaderAndIsr.TryGetValue(broker, out var states))
            {
                _leaderAndIsr[broker] = states = [];
            }

            var alreadyNew = states.TryGetValue(partition, out var earlier) && earlier.IsNew;
            states[partition] = StateOf(partition, state, assignment, isNew || alreadyNew);
        }

        AddUpdateMetadata(context.LiveOrShuttingDownBrokerIds, [partition]);
    }

    public void AddStopReplica(int broker, TopicPartition partition, bool deletePartition)
    {
        if (!context.IsLiveOrShuttingDown(broker))
        {
            return;
        }

        if (!_stopReplica.TryGetValue(broker, out var states))
        {
            _stopReplica[broker] = states = [];
        }

        var epoch = context.IsQueuedForDeletion(partition.Topic)
            ? LeaderAndIsr.EpochDuringDelete
            : context.LeadershipOf(partition)?.LeaderAndIsr.LeaderEpoch ?? LeaderAndIsr.NoEpoch;
        states[partition] = new() { PartitionIndex = partition.Partition, LeaderEpoch = epoch, DeletePartition = deletePartition };
    }

    public void AddUpdateMetadata(IEnumerable<int> brokers, IEnumerable<TopicPartition> partitions)
    {
        _updateMetadataBrokers.UnionWith(brokers.Where(context.IsLiveOrShuttingDown));
        foreach (var partition in partitions)
        {
            if (context.LeadershipOf(partition) is { } state)
            {
                _updateMetadata[partition] = MetadataOf(partition, state);
            }
        }
    }

    /// <summary>Hands everything to the channels; the batch is spent.</summary>
    public void Send()
    {
        SendLeaderAndIsr();
        SendUpdateMetadata();
        SendStopReplica();
    }

    private LeaderAndIsrRequest.LeaderAndIsrPartitionState StateOf(
        TopicPartition partition, PartitionState state, ReplicaAssignment assignment, bool isNew) =>
        new()
        {
            TopicName = partition.Topic,
            PartitionIndex = partition.Partition,
            ControllerEpoch = state.ControllerEpoch,
            Leader = state.LeaderAndIsr.Leader,
            LeaderEpoch = state.LeaderAndIsr.LeaderEpoch,
            Isr = [.. state.LeaderAndIsr.Isr],
            PartitionEpoch = state.LeaderAndIsr.PartitionEpoch,
            Replicas = [.. assignment.Replicas],
            AddingReplicas = [.. assignment.AddingReplicas],
            RemovingReplicas = [.. assignment.RemovingReplicas],
            IsNew = isNew,

            // A state may say so that was written before the protocol version was turned back; older brokers cannot be told.
            LeaderRecoveryState = config.InterBrokerProtocol.SupportsLeaderRecovery() ? (sbyte)state.LeaderAndIsr.RecoveryState : (sbyte)0,
        };

    private UpdateMetadataRequest.UpdateMetadataPartitionState MetadataOf(TopicPartition partition, PartitionState state)
    {
        var deleting = context.IsQueuedForDeletion(partition.Topic);
        var replicas = context.Replicas(partition);
        return new()
        {
            TopicName = partition.Topic,
            PartitionIndex = partition.Partition,
            ControllerEpoch = state.ControllerEpoch,
            Leader = deleting ? LeaderAndIsr.LeaderDuringDelete : state.LeaderAndIsr.Leader,
            LeaderEpoch = deleting ? LeaderAndIsr.InitialLeaderEpoch : state.LeaderAndIsr.LeaderEpoch,
            Isr = [.. state.LeaderAndIsr.Isr],
            ZkVersion = deleting ? LeaderAndIsr.InitialPartitionEpoch : state.LeaderAndIsr.PartitionEpoch,
            Replicas = [.. replicas],
            OfflineReplicas = [.. replicas.Where(replica => !context.IsReplicaOnline(replica, partition))],
        };
    }

    private void SendLeaderAndIsr()
    {
        var version = config.InterBrokerProtocol.LeaderAndIsrVersion();
        foreach (var (brokerId, states) in _leaderAndIsr)
        {
            if (context.Broker(brokerId) is not { } broker || channels.Find(brokerId) is not { } channel)
            {
                continue;
            }

            var leaders = states.Values.Count(state => state.Leader == brokerId);
            stateChanges.LogInformation(
                "[Controller id={Id} epoch={Epoch}] Sending LeaderAndIsr request to broker {Broker} with {Leaders} "
                    + "become-leader and {Followers} become-follower partitions",
                context.BrokerId,
                context.Epoch,
                brokerId,
                leaders,
                states.Count - leaders);
            channel.Send<LeaderAndIsrRequest, LeaderAndIsrResponse>(
                LeaderAndIsrOf(broker, states.Values, version), version, response => responses.LeaderAndIsrAnswered(brokerId, response));
        }
    }

    private LeaderAndIsrRequest LeaderAndIsrOf(
        LiveBroker broker, IReadOnlyCollection<LeaderAndIsrRequest.LeaderAndIsrPartitionState> states, short version)
    {
        var leaders = states.Select(state => state.Leader).ToHashSet();
        var request = new LeaderAndIsrRequest
        {
            ControllerId = context.BrokerId,
            ControllerEpoch = context.Epoch,
            BrokerEpoch = broker.Epoch,
            LiveLeaders =
            [
                .. context.LiveOrShuttingDownBrokers
                    .Where(live => leaders.Contains(live.Id))
                    .Select(live => (live.Id, Endpoint: live.Registration.Endpoint(config.ControllerListenerName)))
                    .Where(live => live.Endpoint is not null)
                    .Select(live => new LeaderAndIsrRequest.LeaderAndIsrLiveLeader
                    {
                        BrokerId = live.Id,
                        HostName = live.Endpoint!.Host,
                        Port = live.Endpoint.Port,
                    }),
            ],
        };
        if (version < 2)
        {
            request.UngroupedPartitionStates = [.. states];
            return request;
        }

        request.TopicStates =
        [
            .. states.GroupBy(state => state.TopicName, StringComparer.Ordinal).Select(topic =>
                new LeaderAndIsrRequest.LeaderAndIsrTopicState
            {
                TopicName = topic.Key,
                TopicId = context.TopicId(topic.Key),
                PartitionStates = [.. topic],
            }),
        ];
        return request;
    }

    private void SendUpdateMetadata()
    {
        if (_updateMetadataBrokers.Count == 0)
        {
            return;
        }

        stateChanges.LogInformation(
            "[Controller id={Id} epoch={Epoch}] Sending UpdateMetadata request to brokers {Brokers} for {Partitions} partitions",
            context.BrokerId,
            context.Epoch,
            string.Join(',', _updateMetadataBrokers),
            _updateMetadata.Count);
        var version = config.InterBrokerProtocol.UpdateMetadataVersion();
        UpdateMetadataRequest.UpdateMetadataBroker[] brokers =
            [.. context.LiveOrShuttingDownBrokers.Select(live => BrokerOf(live.Registration, version))];
        UpdateMetadataRequest.UpdateMetadataTopicState[] topics = version < 5
            ? []
            :
            [
                .. _updateMetadata.Values.GroupBy(state => state.TopicName, StringComparer.Ordinal).Select(topic =>
                    new UpdateMetadataRequest.UpdateMetadataTopicState
                {
                    TopicName = topic.Key,
                    TopicId = context.TopicId(topic.Key),
                    PartitionStates = [.. topic],
                }),
            ];
        foreach (var brokerId in _updateMetadataBrokers)
        {
            if (context.Broker(brokerId) is { } broker && channels.Find(brokerId) is { } channel)
            {
                var request = new UpdateMetadataRequest
                {
                    ControllerId = context.BrokerId,
                    ControllerEpoch = context.Epoch,
                    BrokerEpoch = broker.Epoch,
                    UngroupedPartitionStates = version < 5 ? [.. _updateMetadata.Values] : [],
                    TopicStates = topics,
                    LiveBrokers = brokers,
                };
                channel.Send<UpdateMetadataRequest, UpdateMetadataResponse>(
                    request, version, response => responses.UpdateMetadataAnswered(brokerId, response));
            }
        }
    }

    private static UpdateMetadataRequest.UpdateMetadataBroker BrokerOf(BrokerRegistration broker, short version)
    {
        // A broker of 0.8 knows of one address, which is the plaintext one.
        var plaintext = broker.Endpoints.FirstOrDefault(endpoint => endpoint.SecurityProtocol == SecurityProtocol.Plaintext);
        return new()
        {
            Id = broker.Id,
            V0Host = version == 0 ? plaintext?.Host ?? "" : "",
            V0Port = version == 0 ? plaintext?.Port ?? 0 : 0,
            Endpoints = version == 0
                ? []
                :
                [
                    .. broker.Endpoints.Select(endpoint => new UpdateMetadataRequest.UpdateMetadataEndpoint
                    {
                        Host = endpoint.Host,
                        Port = endpoint.Port,
                        Listener = endpoint.ListenerName,
                        SecurityProtocol = (short)endpoint.SecurityProtocol,
                    }),
                ],
            Rack = broker.Rack,
        };
    }

    private void SendStopReplica()
    {
        var version = config.InterBrokerProtocol.StopReplicaVersion();
        foreach (var (brokerId, states) in _stopReplica)
        {
            if (context.Broker(brokerId) is not { } broker || channels.Find(brokerId) is not { } channel)
            {
                continue;
            }

            stateChanges.LogInformation(
                "[Controller id={Id} epoch={Epoch}] Sending StopReplica request for {Replicas} replicas to broker {Broker}",
                context.BrokerId,
                context.Epoch,
                states.Count,
                brokerId);
            var deleted = states.Where(entry => entry.Value.DeletePartition).Select(entry => entry.Key).ToHashSet();
            foreach (var request in StopReplicaOf(states, version))
            {
                request.ControllerId = context.BrokerId;
                request.ControllerEpoch = context.Epoch;
                request.BrokerEpoch = broker.Epoch;
                channel.Send<StopReplicaRequest, StopReplicaResponse>(
                    request, version, response => responses.StopReplicaAnswered(brokerId, response, deleted));
            }
        }
    }

    /// <summary>Before version 3 a request either deletes all its partitions or none, and version 0 has no topics to group by.</summary>
    private static IEnumerable<StopReplicaRequest> StopReplicaOf(
        Dictionary<TopicPartition, StopReplicaRequest.StopReplicaPartitionState> states, short version)
    {
        if (version >= 3)
        {
            yield return new()
            {
                TopicStates =
                [
                    .. states.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal).Select(topic =>
                        new StopReplicaRequest.StopReplicaTopicState
                    {
                        TopicName = topic.Key,
                        PartitionStates = [.. topic.Select(entry => entry.Value)],
                    }),
                ],
            };
            yield break;
        }

        foreach (var kind in states.GroupBy(entry => entry.Value.DeletePartition, entry => entry.Key).OrderBy(kind => kind.Key))
        {
            yield return version == 0
                ? new()
                {
                    DeletePartitions = kind.Key,
                    UngroupedPartitions = [.. kind.Select(partition =>
                        new StopReplicaRequest.StopReplicaPartitionV0 { TopicName = partition.Topic, PartitionIndex =
                            partition.Partition })],
                }
                : new()
                {
                    DeletePartitions = kind.Key,
                    Topics =
                    [
                        .. kind.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
                            new StopReplicaRequest.StopReplicaTopicV1
                        {
                            Name = topic.Key,
                            PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
                        }),
                    ],
                };
        }
    }
}
