using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>TxnOffsetCommit 0-4, refused for each partition.</summary>
public sealed class TxnOffsetCommitHandler()
    : RefusingHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
        ErrorCode.CoordinatorNotAvailable,
        AccessRule.Whole<TxnOffsetCommitRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
        AccessRule.Whole<TxnOffsetCommitRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId))
{
    protected override TxnOffsetCommitResponse ErrorResponse(TxnOffsetCommitRequest request, ErrorCode error, short version) =>
        new()
        {
            Topics = [.. request.Topics.Select(topic => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = error,
                })],
            })],
        };
}
