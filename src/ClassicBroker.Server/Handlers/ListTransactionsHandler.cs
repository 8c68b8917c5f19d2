using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>ListTransactions 0-1: the transactional ids this broker coordinates, by state, producer and duration (KIP-664).</summary>
public sealed class ListTransactionsHandler(TransactionAdministration transactions)
    : RequestHandler<ListTransactionsRequest, ListTransactionsResponse>
{
    private static readonly AccessRule DescribeTransactionalId =
        AccessRule.Visible(AclOperation.Describe, AclResourceType.TransactionalId);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTransactionalId];

    public override ValueTask<ListTransactionsResponse?> HandleAsync(ListTransactionsRequest request, RequestContext context)
    {
        var response = transactions.List(request);
        response.TransactionStates =
            [.. response.TransactionStates.Where(listed => context.Allows(DescribeTransactionalId, listed.TransactionalId))];
        return ValueTask.FromResult<ListTransactionsResponse?>(response);
    }
}
