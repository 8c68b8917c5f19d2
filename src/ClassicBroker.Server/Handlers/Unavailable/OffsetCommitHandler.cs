using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>OffsetCommit 0-9, refused for each partition.</summary>
public sealed class OffsetCommitHandler() : RefusingHandler<OffsetCommitRequest, OffsetCommitResponse>(ErrorCode.CoordinatorNotAvailable)
{
    protected override OffsetCommitResponse ErrorResponse(OffsetCommitRequest request, ErrorCode error, short version) =>
        new()
        {
            Topics = [.. request.Topics.Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = error,
                })],
            })],
        };
}
