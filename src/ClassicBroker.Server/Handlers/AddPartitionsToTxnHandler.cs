using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// AddPartitionsToTxn 0-5: a producer adds partitions to its transaction, all or none (KIP-98); from version 4 on brokers add to several
/// transactions, or only verify them (KIP-890). Kafka leaves a request without transactions unanswered; this answers it.
/// </summary>
public sealed class AddPartitionsToTxnHandler(TransactionCoordinator transactions, MetadataCache metadata)
    : RequestHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    private const short FirstVersionWithFenced = 2;
    private const short FirstVersionWithBatches = 4;

    private static readonly AccessRule WriteTopic =
        AccessRule.Each(AclOperation.Write, AclResourceType.Topic) with { LastVersion = FirstVersionWithBatches - 1 };

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Cluster(AclOperation.ClusterAction) with { FirstVersion = FirstVersionWithBatches },
        AccessRule.Whole<AddPartitionsToTxnRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.V3AndBelowTransactionalId)
            with { LastVersion = FirstVersionWithBatches - 1 },
        WriteTopic,
    ];

    public override async ValueTask<AddPartitionsToTxnResponse?> HandleAsync(AddPartitionsToTxnRequest request, RequestContext context)
    {
        if (context.ApiVersion < FirstVersionWithBatches)
        {
            var producer = new ProducerIdentity(
                request.V3AndBelowTransactionalId, request.V3AndBelowProducerId, request.V3AndBelowProducerEpoch);
            var results = await HandleAsync(producer, request.V3AndBelowTopics, isVerifyOnly: false, context);
            return new() { ResultsByTopicV3AndBelow = results };
        }

        var response = new AddPartitionsToTxnResponse
        {
            ResultsByTransaction = new AddPartitionsToTxnResponse.AddPartitionsToTxnResult[request.Transactions.Length],
        };
        for (var i = 0; i < request.Transactions.Length; i++)
        {
            var transaction = request.Transactions[i];
            response.ResultsByTransaction[i] = new()
            {
                TransactionalId = transaction.TransactionalId,
                TopicResults = await HandleAsync(
                    new(transaction.TransactionalId, transaction.ProducerId, transaction.ProducerEpoch),
                    transaction.Topics,
                    transaction.VerifyOnly,
                    context),
            };
        }

        return response;
    }

    protected override AddPartitionsToTxnResponse ErrorResponse(AddPartitionsToTxnRequest request, ErrorCode error, short version) =>
        version >= FirstVersionWithBatches
            ? new() { ErrorCode = error }
            : new() { ResultsByTopicV3AndBelow = Answer([.. Asked(request.V3AndBelowTopics).Select(partition => (partition, error))]) };

    private async ValueTask<AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult[]> HandleAsync(
        ProducerIdentity producer, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic[] topics, bool isVerifyOnly, RequestContext context)
    {
        TopicPartition[] asked = [.. Asked(topics).Distinct()];
        var faults = Array.ConvertAll(asked, partition => Fault(partition, context));
        ErrorCode[] errors;
        if (faults.Any(fault => fault != ErrorCode.None))
        {
            errors = [.. faults.Select(fault => fault == ErrorCode.None ? ErrorCode.OperationNotAttempted : fault)];
        }
        else if (isVerifyOnly)
        {
            errors = await transactions.VerifyPartitionsAsync(producer, asked);
        }
        else
        {
            var error = await transactions.AddPartitionsAsync(producer, asked);
            error = error == ErrorCode.ProducerFenced && context.ApiVersion < FirstVersionWithFenced
                ? ErrorCode.InvalidProducerEpoch
                : error;
            errors = Array.ConvertAll(asked, _ => error);
        }

        return Answer([.. asked.Zip(errors)]);
    }

    /// <summary>Clients may not write to internal topics; brokers ask for them too.</summary>
    private ErrorCode Fault(TopicPartition partition, RequestContext context) =>
        context.ApiVersion < FirstVersionWithBatches
            && (TopicName.IsInternal(partition.Topic) || !context.Allows(WriteTopic, partition.Topic)) ? WriteTopic.Refusal
        : metadata.Current.Partition(partition) is null ? ErrorCode.UnknownTopicOrPartition
        : ErrorCode.None;

    private static IEnumerable<TopicPartition> Asked(AddPartitionsToTxnRequest.AddPartitionsToTxnTopic[] topics) =>
        topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition)));

    private static AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult[] Answer(
        IEnumerable<(TopicPartition Partition, ErrorCode Error)> results) =>
    [
        .. results.GroupBy(result => result.Partition.Topic, StringComparer.Ordinal)
            .Select(topic => new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult
            {
                Name = topic.Key,
                ResultsByPartition =
                [
                    .. topic.Select(result => new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult
                    {
                        PartitionIndex = result.Partition.Partition,
                        PartitionErrorCode = result.Error,
                    }),
                ],
            }),
    ];
}
