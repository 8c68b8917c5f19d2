using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>AddOffsetsToTxn 0-4: adds the offsets partition of a group to a producer's transaction (KIP-98).</summary>
public sealed class AddOffsetsToTxnHandler(TransactionCoordinator transactions, GroupCoordinator groups)
    : RequestHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    private const short FirstVersionWithFenced = 2;

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<AddOffsetsToTxnRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
        AccessRule.Whole<AddOffsetsToTxnRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId),
    ];

    public override async ValueTask<AddOffsetsToTxnResponse?> HandleAsync(AddOffsetsToTxnRequest request, RequestContext context)
    {
        var error = await transactions.AddPartitionsAsync(
            new(request.TransactionalId, request.ProducerId, request.ProducerEpoch),
            [new TopicPartition(TopicName.ConsumerOffsets, groups.PartitionOf(request.GroupId))]);
        return new()
        {
            ErrorCode = error == ErrorCode.ProducerFenced && context.ApiVersion < FirstVersionWithFenced
                ? ErrorCode.InvalidProducerEpoch
                : error,
        };
    }
}
