using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>
/// The requests of a transactional producer to its coordinators, each sent until there is an answer that settles it. What is still to be
/// tried may be called off between attempts: each call is handed a check that throws then. Threading: the client's loop.
/// </summary>
internal sealed class TransactionRequests(ProducerConfig config, ClusterClient cluster, ILogger logger)
{
    /// <summary>From the next version on the request is for brokers only.</summary>
    private const short LastAddPartitionsVersionForClients = 3;

    /// <summary>The first version that raises the epoch of a producer id (KIP-360).</summary>
    private const short FirstInitVersionThatBumps = 3;

    /// <summary>
    /// Between transactions the markers of the one before are mostly written within a few milliseconds. Java's producer pauses for 20 ms
    /// each time; this one comes to that by doubling, so that short transactions do not wait for the clock.
    /// </summary>
    private static readonly TimeSpan FirstPauseForPredecessor = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestPauseForPredecessor = TimeSpan.FromMilliseconds(20);

    private readonly string _transactionalId = config.TransactionalId!;
    private readonly CoordinatorConnection _coordinator = new(cluster, CoordinatorKeyType.Transaction, config.TransactionalId!);
    private readonly SortedDictionary<string, CoordinatorConnection> _groups = new(StringComparer.Ordinal);

    /// <summary>Whether the coordinator can raise the epoch of an id (KIP-360). Known after the first <see cref="InitAsync"/>.</summary>
    public bool CanBumpEpoch { get; private set; }

    public void Close()
    {
        _coordinator.Forget();
        foreach (var group in _groups.Values)
        {
            group.Forget();
        }
    }

    /// <summary>Gets a producer id, or the next epoch of the one there is; ends what transaction there was.</summary>
    /// <exception cref="KafkaException">The coordinator refuses.</exception>
    public async Task<ProducerIdentity> InitAsync(ProducerIdentity current, Action check)
    {
        var response = await AskAsync(
            _coordinator,
            check,
            async () =>
            {
                CanBumpEpoch = await _coordinator.MaxVersionAsync(ApiKey.InitProducerId) >= FirstInitVersionThatBumps;
                return await _coordinator.SendAsync<InitProducerIdRequest, InitProducerIdResponse>(
                    new()
                    {
                        TransactionalId = _transactionalId,
                        TransactionTimeoutMs = (int)config.TransactionTimeout.TotalMilliseconds,
                        ProducerId = current.ProducerId,
                        ProducerEpoch = current.Epoch,
                    },
                    config.RequestTimeout);
            },
            answer => answer.ErrorCode,
            ApiKey.InitProducerId);
        Require(_coordinator, response.ErrorCode, ApiKey.InitProducerId);
        return new ProducerIdentity(response.ProducerId, response.ProducerEpoch);
    }

    /// <param name="isFirst">No partition is in the transaction yet: the coordinator may still be busy with the one before.</param>
    /// <exception cref="KafkaException">The coordinator refuses; then no partition was added.</exception>
    public async Task AddPartitionsAsync(
        ProducerIdentity producer, IReadOnlyList<TopicPartition> partitions, bool isFirst, Action check)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = _transactionalId,
            V3AndBelowProducerId = producer.ProducerId,
            V3AndBelowProducerEpoch = producer.Epoch,
            V3AndBelowTopics =
            [
                .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
                    new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(partition => partition.Partition)],
                    }),
            ],
        };
        var response = await AskAsync(
            _coordinator,
            check,
            () => _coordinator.SendAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
                request, config.RequestTimeout, LastAddPartitionsVersionForClients),
            FirstPassing,
            ApiKey.AddPartitionsToTxn,
            waitsForPredecessor: isFirst);
        RequireAdded(response);
    }

    /// <exception cref="KafkaException">The coordinator refuses.</exception>
    public async Task AddOffsetsAsync(ProducerIdentity producer, string groupId, Action check)
    {
        var request = new AddOffsetsToTxnRequest
        {
            TransactionalId = _transactionalId,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            GroupId = groupId,
        };
        var response = await AskAsync(
            _coordinator,
            check,
            () => _coordinator.SendAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(request, config.RequestTimeout),
            answer => answer.ErrorCode,
            ApiKey.AddOffsetsToTxn,
            waitsForPredecessor: true);
        Require(_coordinator, response.ErrorCode, ApiKey.AddOffsetsToTxn);
    }

    /// <exception cref="KafkaException">The group's coordinator refuses.</exception>
    public async Task CommitOffsetsAsync(
        ProducerIdentity producer,
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets,
        ConsumerGroupMetadata group,
        Action check)
    {
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = _transactionalId,
            GroupId = group.GroupId,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            GenerationId = group.GenerationId,
            MemberId = group.MemberId,
            GroupInstanceId = group.GroupInstanceId,
            Topics =
            [
                .. offsets.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal).Select(topic =>
                    new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(entry => new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
                        {
                            PartitionIndex = entry.Key.Partition,
                            CommittedOffset = entry.Value.Offset,
                            CommittedLeaderEpoch = entry.Value.LeaderEpoch,
                            CommittedMetadata = entry.Value.Metadata,
                        })],
                    }),
            ],
        };
        var coordinator = GroupCoordinator(group.GroupId);
        var response = await AskAsync(
            coordinator,
            check,
            () => coordinator.SendAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, config.RequestTimeout),
            FirstPassing,
            ApiKey.TxnOffsetCommit);
        foreach (var partition in response.Topics.SelectMany(topic => topic.Partitions))
        {
            Require(coordinator, partition.ErrorCode, ApiKey.TxnOffsetCommit);
        }
    }

    /// <exception cref="KafkaException">The coordinator refuses.</exception>
    public async Task EndAsync(ProducerIdentity producer, bool isCommit, Action check)
    {
        var request = new EndTxnRequest
        {
            TransactionalId = _transactionalId,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            Committed = isCommit,
        };
        var response = await AskAsync(
            _coordinator,
            check,
            () => _coordinator.SendAsync<EndTxnRequest, EndTxnResponse>(request, config.RequestTimeout),
            answer => answer.ErrorCode,
            ApiKey.EndTxn);
        Require(_coordinator, response.ErrorCode, ApiKey.EndTxn);
    }

    private CoordinatorConnection GroupCoordinator(string groupId)
    {
        if (!_groups.TryGetValue(groupId, out var coordinator))
        {
            _groups.Add(groupId, coordinator = new CoordinatorConnection(cluster, CoordinatorKeyType.Group, groupId));
        }

        return coordinator;
    }

    /// <summary>Sends until the answer holds no error that passes.</summary>
    private async Task<TResponse> AskAsync<TResponse>(
        CoordinatorConnection coordinator,
        Action check,
        Func<Task<TResponse>> send,
        Func<TResponse, ErrorCode> errorOf,
        ApiKey api,
        bool waitsForPredecessor = false)
    {
        var pause = FirstPauseForPredecessor;
        for (var attempt = 1; ; attempt++)
        {
            check();
            KafkaException failure;
            try
            {
                var response = await send();
                var error = errorOf(response);
                if (!error.IsRetriable())
                {
                    return response;
                }

                failure = coordinator.About(new KafkaException(error), api);
                if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.RequestTimedOut)
                {
                    coordinator.Forget();
                }
            }
            catch (KafkaException unreachable) when (unreachable.IsRetriable)
            {
                failure = unreachable;
            }

            logger.LogDebug("{Api} of transactional id {Id} is sent again: {Cause}", api, _transactionalId, failure.Message);
            if (failure.Code == ErrorCode.ConcurrentTransactions && waitsForPredecessor)
            {
                await cluster.Loop.DelayAsync(pause);
                pause = pause * 2 < LongestPauseForPredecessor ? pause * 2 : LongestPauseForPredecessor;
            }
            else
            {
                await cluster.PauseAsync(attempt, long.MaxValue, () => failure);
            }
        }
    }

    private static ErrorCode FirstPassing(AddPartitionsToTxnResponse answer) =>
        Errors(answer).Select(error => error.Error).FirstOrDefault(error => error.IsRetriable());

    private static ErrorCode FirstPassing(TxnOffsetCommitResponse answer) =>
        answer.Topics.SelectMany(topic => topic.Partitions)
            .Select(partition => partition.ErrorCode)
            .FirstOrDefault(error => error.IsRetriable());

    private static IEnumerable<(TopicPartition Partition, ErrorCode Error)> Errors(AddPartitionsToTxnResponse answer) =>
        answer.ResultsByTopicV3AndBelow.SelectMany(topic => topic.ResultsByPartition.Select(
            partition => (new TopicPartition(topic.Name, partition.PartitionIndex), partition.PartitionErrorCode)));

    /// <summary>The refusal that weighs most, where there is one; partitions that were not tried only accompany it.</summary>
    private void RequireAdded(AddPartitionsToTxnResponse answer)
    {
        var refused = Errors(answer).Where(error => error.Error != ErrorCode.None).ToArray();
        if (refused.Length == 0)
        {
            return;
        }

        foreach (var (_, error) in refused)
        {
            if (error is ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced or ErrorCode.UnknownProducerId
                or ErrorCode.InvalidProducerIdMapping or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.InvalidTxnState
                or ErrorCode.TransactionAbortable)
            {
                throw Refusal(_coordinator, error, ApiKey.AddPartitionsToTxn);
            }
        }

        if (refused.Any(error => error.Error == ErrorCode.TopicAuthorizationFailed))
        {
            var topics = refused.Where(error => error.Error == ErrorCode.TopicAuthorizationFailed)
                .Select(error => error.Partition.Topic)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal);
            throw _coordinator.About(
                new(ErrorCode.TopicAuthorizationFailed, $"Not authorized to access topics: [{string.Join(", ", topics)}]"),
                ApiKey.AddPartitionsToTxn);
        }

        var errors = string.Join(", ", refused.Select(error => $"{error.Partition}={error.Error.WireName()}"));
        throw _coordinator.About(
            new(ErrorCode.TransactionAbortable, $"Could not add partitions to transaction due to errors: {{{errors}}}"),
            ApiKey.AddPartitionsToTxn);
    }

    private static void Require(CoordinatorConnection coordinator, ErrorCode error, ApiKey api)
    {
        if (error != ErrorCode.None)
        {
            throw Refusal(coordinator, error, api);
        }
    }

    private static KafkaException Refusal(CoordinatorConnection coordinator, ErrorCode error, ApiKey api) =>
        coordinator.About(TransactionFailures.Refusal(error), api);
}
