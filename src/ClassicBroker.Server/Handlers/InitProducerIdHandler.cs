using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Producers;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// InitProducerId 0-5: hands out ids for idempotent producers (KIP-98). One with a transactional id needs the transaction coordinator,
/// which is not there.
/// </summary>
public sealed class InitProducerIdHandler(ProducerIds ids) : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const long NoProducerId = -1;
    private const short NoProducerEpoch = -1;

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
        var fault =
            (request.ProducerId == NoProducerId) != (request.ProducerEpoch == NoProducerEpoch) ? ErrorCode.InvalidRequest
            : request.TransactionalId is { Length: 0 } ? ErrorCode.InvalidRequest
            : request.TransactionalId is not null ? ErrorCode.CoordinatorNotAvailable
            : ErrorCode.None;
        if (fault != ErrorCode.None)
        {
            return new() { ErrorCode = fault, ProducerEpoch = NoProducerEpoch };
        }

        if (!context.Allows(IdempotentWrite) && !context.AllowsSome(WriteSomeTopic))
        {
            return new() { ErrorCode = IdempotentWrite.Refusal, ProducerEpoch = NoProducerEpoch };
        }

        return await ids.NextAsync() is { } id
            ? new() { ProducerId = id }
            : new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress, ProducerEpoch = NoProducerEpoch };
    }
}
