using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>ConsumerGroupDescribe 0: the new consumer protocol needs KRaft, as in Kafka (KIP-848).</summary>
public sealed class ConsumerGroupDescribeHandler()
    : RefusingHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(ErrorCode.UnsupportedVersion)
{
    protected override ConsumerGroupDescribeResponse ErrorResponse(ConsumerGroupDescribeRequest request, ErrorCode error, short version) =>
        new()
        {
            Groups =
            [
                .. request.GroupIds.Select(
                    group => new ConsumerGroupDescribeResponse.DescribedGroup { GroupId = group, ErrorCode = error })
            ],
        };
}
