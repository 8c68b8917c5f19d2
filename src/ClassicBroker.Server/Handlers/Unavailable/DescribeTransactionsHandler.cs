using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>DescribeTransactions 0, refused for each transactional id.</summary>
public sealed class DescribeTransactionsHandler : RequestHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    private static readonly AccessRule DescribeTransactionalId =
        AccessRule.Each(AclOperation.Describe, AclResourceType.TransactionalId);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTransactionalId];

    public override ValueTask<DescribeTransactionsResponse?> HandleAsync(DescribeTransactionsRequest request, RequestContext context) =>
        new(Answer(
            request,
            id => context.Allows(DescribeTransactionalId, id)
                ? ErrorCode.CoordinatorNotAvailable
                : DescribeTransactionalId.Refusal));

    protected override DescribeTransactionsResponse ErrorResponse(DescribeTransactionsRequest request, ErrorCode error, short version) =>
        Answer(request, _ => error);

    private static DescribeTransactionsResponse Answer(DescribeTransactionsRequest request, Func<string, ErrorCode> errorOf) =>
        new()
        {
            TransactionStates = [.. request.TransactionalIds.Select(id => new DescribeTransactionsResponse.DescribedTransaction
            {
                TransactionalId = id,
                ErrorCode = errorOf(id),
            })],
        };
}
