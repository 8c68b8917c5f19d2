using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>AddPartitionsToTxn 0-5, refused as a whole from version 4 and for each partition before.</summary>
public sealed class AddPartitionsToTxnHandler()
    : RefusingHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
        ErrorCode.CoordinatorNotAvailable,
        AccessRule.Cluster(AclOperation.ClusterAction) with { FirstVersion = FirstVersionWithBatches },
        AccessRule.Whole<AddPartitionsToTxnRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.V3AndBelowTransactionalId)
            with { LastVersion = FirstVersionWithBatches - 1 })
{
    private const short FirstVersionWithBatches = 4;

    protected override AddPartitionsToTxnResponse ErrorResponse(AddPartitionsToTxnRequest request, ErrorCode error, short version) =>
        version >= FirstVersionWithBatches
            ? new() { ErrorCode = error }
            : new()
            {
                ResultsByTopicV3AndBelow =
                [
                    .. request.V3AndBelowTopics.Select(topic => new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult
                    {
                        Name = topic.Name,
                        ResultsByPartition =
                        [
                            .. topic.Partitions.Select(partition => new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult
                            {
                                PartitionIndex = partition,
                                PartitionErrorCode = error,
                            }),
                        ],
                    }),
                ],
            };
}
