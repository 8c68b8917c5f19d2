using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Producer.Transactions;

/// <summary>
/// The coordinators of a <see cref="FakeCluster"/>, for transactional ids and groups: refuses what the test tells it to and remembers what
/// it was asked. Threading: the test's thread.
/// </summary>
internal sealed class FakeTransactionCoordinator
{
    private readonly FakeCluster _cluster;
    private readonly Dictionary<ApiKey, Queue<ErrorCode>> _refusals = [];
    private short _epoch = -1;

    public FakeTransactionCoordinator(FakeCluster cluster)
    {
        _cluster = cluster;
        cluster.Handle<FindCoordinatorRequest, FindCoordinatorResponse>((_, request) => Find(request));
        cluster.Handle<InitProducerIdRequest, InitProducerIdResponse>((_, request) => Init(request));
        cluster.Handle<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>((_, request) => AddPartitions(request));
        cluster.Handle<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            (_, request) => new() { ErrorCode = Answer(ApiKey.AddOffsetsToTxn, $"AddOffsets {request.GroupId} {request.ProducerEpoch}") });
        cluster.Handle<TxnOffsetCommitRequest, TxnOffsetCommitResponse>((_, request) => CommitOffsets(request));
        cluster.Handle<EndTxnRequest, EndTxnResponse>((_, request) => new()
        {
            ErrorCode = Answer(ApiKey.EndTxn, $"End {(request.Committed ? "commit" : "abort")} {request.ProducerEpoch}"),
        });
    }

    /// <summary>What was asked, in order; the number at the end is the producer's epoch.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The broker that coordinates.</summary>
    public int Broker { get; set; }

    /// <summary>The next requests of an API are refused, one error for each; none stands for one that is granted.</summary>
    public void Refuse(ApiKey api, params ErrorCode[] errors) => _refusals[api] = new(errors);

    private ErrorCode Answer(ApiKey api, string call)
    {
        Calls.Add(call);
        return _refusals.TryGetValue(api, out var errors) && errors.TryDequeue(out var error) ? error : ErrorCode.None;
    }

    private FindCoordinatorResponse Find(FindCoordinatorRequest request) => new()
    {
        ErrorCode = Answer(ApiKey.FindCoordinator, $"Find {request.Key} {request.KeyType}"),
        NodeId = Broker,
        Host = "broker",
        Port = 9092 + Broker,
    };

    private InitProducerIdResponse Init(InitProducerIdRequest request)
    {
        var error = Answer(
            ApiKey.InitProducerId, $"Init {request.TransactionalId} {request.TransactionTimeoutMs} {request.ProducerId} {request.ProducerEpoch}");
        return error == ErrorCode.None
            ? new InitProducerIdResponse { ProducerId = 1000, ProducerEpoch = ++_epoch }
            : new InitProducerIdResponse { ErrorCode = error };
    }

    private AddPartitionsToTxnResponse AddPartitions(AddPartitionsToTxnRequest request)
    {
        var partitions = request.V3AndBelowTopics
            .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition)))
            .ToArray();
        var error = Answer(ApiKey.AddPartitionsToTxn, $"Add {string.Join(',', partitions)} {request.V3AndBelowProducerEpoch}");
        return new AddPartitionsToTxnResponse
        {
            ResultsByTopicV3AndBelow =
            [
                .. partitions.Select((partition, index) => new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult
                {
                    Name = partition.Topic,
                    ResultsByPartition =
                    [
                        new()
                        {
                            PartitionIndex = partition.Partition,
                            PartitionErrorCode = index == 0 || error == ErrorCode.None ? error : ErrorCode.OperationNotAttempted,
                        },
                    ],
                }),
            ],
        };
    }

    private TxnOffsetCommitResponse CommitOffsets(TxnOffsetCommitRequest request)
    {
        var offsets = request.Topics.SelectMany(
            topic => topic.Partitions.Select(partition => $"{topic.Name}-{partition.PartitionIndex}@{partition.CommittedOffset}"));
        var error = Answer(
            ApiKey.TxnOffsetCommit,
            $"Offsets {string.Join(',', offsets)} {request.GroupId}/{request.GenerationId}/{request.MemberId}/{request.GroupInstanceId} {request.ProducerEpoch}");
        return new TxnOffsetCommitResponse
        {
            Topics =
            [
                .. request.Topics.Select(topic => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
                        {
                            PartitionIndex = partition.PartitionIndex,
                            ErrorCode = error,
                        }),
                    ],
                }),
            ],
        };
    }
}
