using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Tests;

/// <summary>
/// The receiving end of a controller's requests: remembers them, applies the rules of epochs as a broker does, and answers.
/// </summary>
internal sealed class FakeBroker(int id)
{
    private readonly List<Action> _held = [];
    private readonly Dictionary<TopicPartition, (int ControllerEpoch, long BrokerEpoch, int LeaderEpoch, bool IsHeard)> _refusals = [];
    private bool _isSlow;

    public int Id => id;

    /// <summary>No request reaches it; senders find no answer.</summary>
    public bool Unreachable { get; set; }

    /// <summary>Partitions on a failed log directory.</summary>
    public HashSet<TopicPartition> FailedDir { get; } = [];

    /// <summary>Partitions whose log lost committed records: it does not lead them unless it is told to in spite of that.</summary>
    public HashSet<TopicPartition> Suspect { get; } = [];

    /// <summary>Those of them that it has led all the same.</summary>
    public HashSet<TopicPartition> AcceptedLoss { get; } = [];

    /// <summary>In which epoch and at which offset logs end; at 0 by default.</summary>
    public Dictionary<TopicPartition, (int Epoch, long Offset)> LogEnds { get; } = [];

    /// <summary>What StopReplica answers; NONE by default.</summary>
    public ErrorCode StopReplicaError { get; set; }

    public List<IRequest> Received { get; } = [];

    /// <summary>The newest LeaderAndIsr of each partition that its epoch made the broker take.</summary>
    public Dictionary<TopicPartition, LeaderAndIsrRequest.LeaderAndIsrPartitionState> Replicas { get; } = [];

    public HashSet<TopicPartition> Deleted { get; } = [];

    public Metadata.Images.MetadataImage Image { get; private set; } = Metadata.Images.MetadataImage.Empty;

    public IEnumerable<T> ReceivedOf<T>() => Received.OfType<T>();

    /// <summary>Requests reach it from now on, and it neither answers nor fails them.</summary>
    public void SlowDown() => _isSlow = true;

    /// <summary>It answers what waits, and from now on at once.</summary>
    public void SpeedUp()
    {
        _isSlow = false;
        _held.ForEach(answer => answer());
        _held.Clear();
    }

    /// <summary>Calls back when it answers.</summary>
    public void WhenAnswering(Action answer)
    {
        if (_isSlow)
        {
            _held.Add(answer);
        }
        else
        {
            answer();
        }
    }

    public IMessage Answer(IRequest request)
    {
        Received.Add(request);
        return request switch
        {
            LeaderAndIsrRequest leaderAndIsr => Answer(leaderAndIsr),
            UpdateMetadataRequest metadata => Answer(metadata),
            StopReplicaRequest stop => Answer(stop),
            ListOffsetsRequest logEnds => Answer(logEnds),
            _ => throw new InvalidOperationException($"No controller sends {request}."),
        };
    }

    private LeaderAndIsrResponse Answer(LeaderAndIsrRequest request) =>
        new()
        {
            PartitionErrors =
            [
                .. request.UngroupedPartitionStates.Select(state => new LeaderAndIsrResponse.LeaderAndIsrPartitionError
                {
                    TopicName = state.TopicName,
                    PartitionIndex = state.PartitionIndex,
                    ErrorCode = Take(request, new(state.TopicName, state.PartitionIndex), state),
                }),
            ],
            Topics =
            [
                .. request.TopicStates.Select(topic => new LeaderAndIsrResponse.LeaderAndIsrTopicError
                {
                    TopicId = topic.TopicId,
                    PartitionErrors =
                    [
                        .. topic.PartitionStates.Select(state => new LeaderAndIsrResponse.LeaderAndIsrPartitionError
                        {
                            PartitionIndex = state.PartitionIndex,
                            ErrorCode = Take(request, new(topic.TopicName, state.PartitionIndex), state),
                        }),
                    ],
                }),
            ],
        };

    private ErrorCode Take(
        LeaderAndIsrRequest request, TopicPartition partition, LeaderAndIsrRequest.LeaderAndIsrPartitionState state)
    {
        if (FailedDir.Contains(partition))
        {
            return ErrorCode.KafkaStorageError;
        }

        if (Suspect.Contains(partition) && state.Leader == Id && !MustLead(request, partition, state))
        {
            _refusals[partition] = (request.ControllerEpoch, request.BrokerEpoch, state.LeaderEpoch, IsHeard: false);
            return ErrorCode.KafkaStorageError;
        }

        if (Replicas.TryGetValue(partition, out var known) && known.LeaderEpoch >= state.LeaderEpoch)
        {
            return ErrorCode.StaleControllerEpoch;
        }

        Assert.Contains(Id, state.Replicas);
        Replicas[partition] = state;
        if (state.Leader == Id && Suspect.Contains(partition))
        {
            AcceptedLoss.Add(partition);
        }

        NoteFollowing(partition, state);
        return ErrorCode.None;
    }

    private bool MustLead(
        LeaderAndIsrRequest request, TopicPartition partition, LeaderAndIsrRequest.LeaderAndIsrPartitionState state) =>
        state.LeaderRecoveryState == 1
        || (state.Isr is [_]
            && _refusals.TryGetValue(partition, out var refusal)
            && (refusal.ControllerEpoch, refusal.BrokerEpoch, refusal.IsHeard) == (request.ControllerEpoch, request.BrokerEpoch, true));

    private void NoteFollowing(TopicPartition partition, LeaderAndIsrRequest.LeaderAndIsrPartitionState state)
    {
        if (state.Leader >= 0)
        {
            _refusals.Remove(partition);
        }
        else if (_refusals.TryGetValue(partition, out var refusal) && refusal.LeaderEpoch < state.LeaderEpoch)
        {
            _refusals[partition] = refusal with { IsHeard = true };
        }
    }

    private ListOffsetsResponse Answer(ListOffsetsRequest request)
    {
        Assert.Equal(-2, request.ReplicaId);
        return new()
        {
            Topics =
            [
                .. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
                        {
                            PartitionIndex = partition.PartitionIndex,
                            LeaderEpoch = LogEnds.GetValueOrDefault(new(topic.Name, partition.PartitionIndex)).Epoch,
                            Offset = LogEnds.GetValueOrDefault(new(topic.Name, partition.PartitionIndex)).Offset,
                        }),
                    ],
                }),
            ],
        };
    }

    private UpdateMetadataResponse Answer(UpdateMetadataRequest request)
    {
        Image = Image.Apply(request, out _);
        return new();
    }

    private StopReplicaResponse Answer(StopReplicaRequest request)
    {
        var states = StopsOf(request).ToArray();
        foreach (var (partition, delete) in states)
        {
            if (StopReplicaError == ErrorCode.None && delete)
            {
                Replicas.Remove(partition);
                Deleted.Add(partition);
            }
        }

        return new()
        {
            PartitionErrors =
            [
                .. states.Select(entry => new StopReplicaResponse.StopReplicaPartitionError
                {
                    TopicName = entry.Partition.Topic,
                    PartitionIndex = entry.Partition.Partition,
                    ErrorCode = StopReplicaError,
                }),
            ],
        };
    }

    private static IEnumerable<(TopicPartition Partition, bool Delete)> StopsOf(StopReplicaRequest request) =>
        request.TopicStates
            .SelectMany(topic => topic.PartitionStates.Select(
                state => (new TopicPartition(topic.TopicName, state.PartitionIndex), state.DeletePartition)))
            .Concat(request.Topics.SelectMany(topic =>
                topic.PartitionIndexes.Select(partition => (new TopicPartition(topic.Name, partition), request.DeletePartitions))))
            .Concat(request.UngroupedPartitions.Select(
                stop => (new TopicPartition(stop.TopicName, stop.PartitionIndex), request.DeletePartitions)));
}
