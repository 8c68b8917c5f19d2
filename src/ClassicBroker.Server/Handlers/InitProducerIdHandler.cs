using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Producers;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// InitProducerId 0-5: hands out ids for idempotent producers; those with a transactional id get theirs from its coordinator (KIP-98,
/// KIP-360).
/// </summary>
public sealed class InitProducerIdHandler(TransactionCoordinator transactions, ProducerIds ids)
    : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const short FirstVersionWithFenced = 4;

    /// <summary>Write access to any topic does as well.</summary>
    private static readonly AccessRule IdempotentWrite = AccessRule.Shortcut(AclOperation.IdempotentWrite, AclResourceType.Cluster);

    private static readonly AccessRule WriteSomeTopic = AccessRule.Each(AclOperation.Write, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<InitProducerIdRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
        IdempotentWrite,
        WriteSomeTopic,
    ];

    public override async ValueTask<InitProducerIdResponse?> HandleAsync(InitProducerIdRequest request, RequestContext context)
    {
        var isHalfNamed =
            (request.ProducerId == RecordFormat.NoProducerId) != (request.ProducerEpoch == RecordFormat.NoProducerEpoch);
        var producer = isHalfNamed ? InitializedProducer.Refused(ErrorCode.InvalidRequest)
            : request.TransactionalId is { } transactionalId
                ? await transactions.InitProducerIdAsync(
                    transactionalId, request.TransactionTimeoutMs, request.ProducerId, request.ProducerEpoch)
                : !context.Allows(IdempotentWrite) && !context.AllowsSome(WriteSomeTopic)
                    ? InitializedProducer.Refused(IdempotentWrite.Refusal)
                : await ids.NextAsync() is { } id ? new(ErrorCode.None, id, 0)
                : InitializedProducer.Refused(ErrorCode.CoordinatorLoadInProgress);
        return new()
        {
            ErrorCode = producer.Error == ErrorCode.ProducerFenced && context.ApiVersion < FirstVersionWithFenced
                ? ErrorCode.InvalidProducerEpoch
                : producer.Error,
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.ProducerEpoch,
        };
    }
}
