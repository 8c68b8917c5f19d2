using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>EndTxn 0-4: commits or aborts a producer's transaction (KIP-98).</summary>
public sealed class EndTxnHandler(TransactionCoordinator transactions) : RequestHandler<EndTxnRequest, EndTxnResponse>
{
    private const short FirstVersionWithFenced = 2;

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<EndTxnRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
    ];

    public override async ValueTask<EndTxnResponse?> HandleAsync(EndTxnRequest request, RequestContext context)
    {
        var error = await transactions.EndAsync(
            new(request.TransactionalId, request.ProducerId, request.ProducerEpoch), request.Committed);
        return new()
        {
            ErrorCode = error == ErrorCode.ProducerFenced && context.ApiVersion < FirstVersionWithFenced
                ? ErrorCode.InvalidProducerEpoch
                : error,
        };
    }
}
