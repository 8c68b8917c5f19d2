using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>AddPartitionsToTxn 0-5, refused as a whole from version 4 and for each partition before.</summary>
public sealed class AddPartitionsToTxnHandler()
    : RefusingHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(ErrorCode.CoordinatorNotAvailable)
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
