using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeTransactions 0: state and partitions of transactional ids this broker coordinates (KIP-664).</summary>
public sealed class DescribeTransactionsHandler(TransactionAdministration transactions)
    : RequestHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    private static readonly AccessRule DescribeTransactionalId =
        AccessRule.Each(AclOperation.Describe, AclResourceType.TransactionalId);

    private static readonly AccessRule ListTopic = AccessRule.Visible(AclOperation.Describe, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTransactionalId, ListTopic];

    public override ValueTask<DescribeTransactionsResponse?> HandleAsync(DescribeTransactionsRequest request, RequestContext context) =>
        ValueTask.FromResult<DescribeTransactionsResponse?>(new()
        {
            TransactionStates = [.. request.TransactionalIds.Select(id =>
                context.Allows(DescribeTransactionalId, id) ? Describe(id, context) : Refused(id, DescribeTransactionalId.Refusal))],
        });

    protected override DescribeTransactionsResponse ErrorResponse(DescribeTransactionsRequest request, ErrorCode error, short version) =>
        new()
        {
            TransactionStates = [.. request.TransactionalIds.Select(id => Refused(id, error))],
        };

    /// <summary>Topics that the client may not see are left out.</summary>
    private DescribeTransactionsResponse.DescribedTransaction Describe(string id, RequestContext context)
    {
        var described = transactions.Describe(id);
        described.Topics = [.. described.Topics.Where(topic => context.Allows(ListTopic, topic.Topic))];
        return described;
    }

    private static DescribeTransactionsResponse.DescribedTransaction Refused(string id, ErrorCode error) =>
        new() { TransactionalId = id, ErrorCode = error };
}
