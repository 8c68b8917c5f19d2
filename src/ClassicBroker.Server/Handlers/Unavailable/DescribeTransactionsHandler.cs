using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DescribeTransactions 0, refused for each transactional id.</summary>
public sealed class DescribeTransactionsHandler()
    : RefusingHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>(ErrorCode.CoordinatorNotAvailable)
{
    protected override DescribeTransactionsResponse ErrorResponse(DescribeTransactionsRequest request, ErrorCode error, short version) =>
        new()
        {
            TransactionStates = [.. request.TransactionalIds.Select(id => new DescribeTransactionsResponse.DescribedTransaction
            {
                TransactionalId = id,
                ErrorCode = error,
            })],
        };
}
