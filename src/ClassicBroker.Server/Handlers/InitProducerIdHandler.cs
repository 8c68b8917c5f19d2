using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
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

        return await ids.NextAsync() is { } id
            ? new() { ProducerId = id }
            : new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress, ProducerEpoch = NoProducerEpoch };
    }
}
