using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>OffsetFetch 0-9, refused for each group, and below version 2 for each partition.</summary>
public sealed class OffsetFetchHandler() : RefusingHandler<OffsetFetchRequest, OffsetFetchResponse>(ErrorCode.CoordinatorNotAvailable)
{
    private const short FirstVersionWithTopLevelError = 2;
    private const short FirstVersionWithGroups = 8;
    private const long NoOffset = -1;

    protected override OffsetFetchResponse ErrorResponse(OffsetFetchRequest request, ErrorCode error, short version) =>
        version switch
        {
            >= FirstVersionWithGroups => new()
            {
                Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.OffsetFetchResponseGroup
                {
                    GroupId = group.GroupId,
                    ErrorCode = error,
                })],
            },
            >= FirstVersionWithTopLevelError => new() { ErrorCode = error },
            _ => new()
            {
                Topics = [.. (request.Topics ?? []).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
                {
                    Name = topic.Name,
                    Partitions = [.. topic.PartitionIndexes.Select(index => new OffsetFetchResponse.OffsetFetchResponsePartition
                    {
                        PartitionIndex = index,
                        CommittedOffset = NoOffset,
                        Metadata = "",
                        ErrorCode = error,
                    })],
                })],
            },
        };
}
