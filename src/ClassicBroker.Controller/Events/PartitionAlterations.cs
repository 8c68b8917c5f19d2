using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Controller.Events;

/// <summary>ISR changes that leaders ask for (AlterPartition, KIP-497). Threading: the controller's loop, within its events.</summary>
internal sealed class PartitionAlterations(EventScope scope, Reassignments reassignments)
{
    private const short FirstVersionWithIds = 2;
    private const short FirstVersionWithBrokerEpochs = 3;

    private readonly ControllerContext _context = scope.Context;

    public async Task<AlterPartitionResponse> AlterAsync(AlterPartitionRequest request, short version)
    {
        if (_context.Broker(request.BrokerId) is not { } broker || broker.Epoch != request.BrokerEpoch)
        {
            return new() { ErrorCode = ErrorCode.StaleBrokerEpoch };
        }

        var results = new Dictionary<TopicPartition, AlterPartitionResponse.PartitionData>();
        var changes = new List<KeyValuePair<TopicPartition, PartitionState>>();
        foreach (var topic in request.Topics)
        {
            if (NameOf(topic, version) is { } name)
            {
                foreach (var partition in topic.Partitions)
                {
                    Decide(new(name, partition.PartitionIndex), partition, request.BrokerId, version, results, changes);
                }
            }
        }

        var written = await WriteAsync(changes, results);
        if (written.Count > 0)
        {
            scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds, written);
            scope.Put("CompleteReassignments", () => reassignments.CompleteWherePossibleAsync(written));
        }

        // A topic that is there twice is answered once.
        return new()
        {
            Topics =
            [
                .. request.Topics.GroupBy(topic => (topic.TopicName, topic.TopicId)).Select(topics => AnswerOf(topics, version, results)),
            ],
        };
    }

    private AlterPartitionResponse.TopicData AnswerOf(
        IGrouping<(string TopicName, Uuid TopicId), AlterPartitionRequest.TopicData> topics,
        short version,
        Dictionary<TopicPartition, AlterPartitionResponse.PartitionData> results)
    {
        var name = NameOf(topics.First(), version);
        return new()
        {
            TopicName = topics.Key.TopicName,
            TopicId = topics.Key.TopicId,
            Partitions =
            [
                .. topics.SelectMany(topic => topic.Partitions).Select(partition => name is null
                    ? Refusal(partition.PartitionIndex, ErrorCode.UnknownTopicId)
                    : results[new(name, partition.PartitionIndex)]),
            ],
        };
    }

    private static AlterPartitionResponse.PartitionData Refusal(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, ErrorCode = error };

    private static AlterPartitionResponse.PartitionData Answer(int partition, LeaderAndIsr state) =>
        new()
        {
            PartitionIndex = partition,
            LeaderId = state.Leader,
            LeaderEpoch = state.LeaderEpoch,
            Isr = [.. state.Isr],
            LeaderRecoveryState = (sbyte)state.RecoveryState,
            PartitionEpoch = state.PartitionEpoch,
        };

    private static int[] IsrOf(AlterPartitionRequest.PartitionData asked, short version) =>
        version >= FirstVersionWithBrokerEpochs ? [.. asked.NewIsrWithEpochs.Select(member => member.BrokerId)] : asked.NewIsr;

    private string? NameOf(AlterPartitionRequest.TopicData topic, short version) =>
        version >= FirstVersionWithIds ? _context.TopicName(topic.TopicId) : topic.TopicName;

    private void Decide(
        TopicPartition partition,
        AlterPartitionRequest.PartitionData asked,
        int sender,
        short version,
        Dictionary<TopicPartition, AlterPartitionResponse.PartitionData> results,
        List<KeyValuePair<TopicPartition, PartitionState>> changes)
    {
        if (_context.LeadershipOf(partition)?.LeaderAndIsr is not { } current)
        {
            results[partition] = Refusal(partition.Partition, ErrorCode.UnknownTopicOrPartition);
            return;
        }

        var wanted = current with { Isr = IsrOf(asked, version), RecoveryState = (LeaderRecoveryState)asked.LeaderRecoveryState };
        if (FaultOf(asked, current) is { } stale)
        {
            results[partition] = Refusal(partition.Partition, stale);
        }
        else if (sender != current.Leader || !wanted.Isr.Contains(current.Leader) || wanted.Isr.Distinct().Count() < wanted.Isr.Count)
        {
            // Kafka takes it from a follower, and writes that one down as the leader, of which no broker hears; and a leader out of sync.
            results[partition] = Refusal(partition.Partition, ErrorCode.InvalidRequest);
        }
        else if (wanted.SameContent(current))
        {
            // The same request again, its answer having been lost.
            results[partition] = Answer(partition.Partition, current);
        }
        else if (asked.PartitionEpoch < current.PartitionEpoch)
        {
            results[partition] = Refusal(partition.Partition, ErrorCode.InvalidUpdateVersion);
        }
        else if (FaultOf(partition, wanted, current, asked, version) is { } unsound)
        {
            results[partition] = Refusal(partition.Partition, unsound);
        }
        else
        {
            changes.Add(KeyValuePair.Create(partition, new PartitionState(wanted, _context.Epoch)));
        }
    }

    /// <summary>A leader that knows more than we do has heard it from the controller that replaced us.</summary>
    private static ErrorCode? FaultOf(AlterPartitionRequest.PartitionData asked, LeaderAndIsr current) =>
        asked.PartitionEpoch > current.PartitionEpoch || asked.LeaderEpoch > current.LeaderEpoch ? ErrorCode.NotController
        : asked.LeaderEpoch < current.LeaderEpoch ? ErrorCode.FencedLeaderEpoch
        : null;

    private ErrorCode? FaultOf(
        TopicPartition partition, LeaderAndIsr wanted, LeaderAndIsr current, AlterPartitionRequest.PartitionData asked, short version)
    {
        var recovering = wanted.RecoveryState == LeaderRecoveryState.Recovering;
        if (!Enum.IsDefined(wanted.RecoveryState)
            || (recovering && (wanted.Isr.Count > 1 || current.RecoveryState == LeaderRecoveryState.Recovered)))
        {
            return ErrorCode.InvalidRequest;
        }

        // One that is in sync already is the controller's to remove; a leader that may not name it could not change its ISR at all.
        var joins = wanted.Isr.Except(current.Isr);
        if (joins.Except(_context.Replicas(partition)).Any()
            || wanted.Isr.Any(member => !_context.IsReplicaOnline(member, partition)) || !EpochsMatch(asked, version))
        {
            return version >= FirstVersionWithIds ? ErrorCode.IneligibleReplica : ErrorCode.OperationNotAttempted;
        }

        return null;
    }

    /// <summary>
    /// A replica's broker may have restarted since the leader last heard it (KIP-903); -1 means that the leader cannot tell.
    /// </summary>
    private bool EpochsMatch(AlterPartitionRequest.PartitionData asked, short version) =>
        version < FirstVersionWithBrokerEpochs
        || asked.NewIsrWithEpochs.All(member => member.BrokerEpoch == -1 || _context.Broker(member.BrokerId)?.Epoch == member.BrokerEpoch);

    private async Task<IReadOnlyList<TopicPartition>> WriteAsync(
        List<KeyValuePair<TopicPartition, PartitionState>> changes,
        Dictionary<TopicPartition, AlterPartitionResponse.PartitionData> results)
    {
        if (changes.Count == 0)
        {
            return [];
        }

        var writes = await scope.Store.PartitionStates.UpdateAsync(changes, _context.EpochZkVersion);
        foreach (var (partition, state) in writes.Written)
        {
            _context.SetLeadership(partition, state);
            results[partition] = Answer(partition.Partition, state);
        }

        foreach (var partition in writes.Stale)
        {
            results[partition] = Refusal(partition.Partition, ErrorCode.InvalidUpdateVersion);
        }

        foreach (var (partition, error) in writes.Failed)
        {
            results[partition] = Refusal(
                partition.Partition, error == ZooKeeperError.NoNode ? ErrorCode.UnknownTopicOrPartition : ErrorCode.UnknownServerError);
        }

        return [.. writes.Written.Keys];
    }
}
