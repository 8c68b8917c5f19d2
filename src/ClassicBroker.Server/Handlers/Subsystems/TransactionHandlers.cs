using ClassicBroker.Rpc;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>Makes the handlers of idempotent and transactional producers. Used once, at start.</summary>
internal static class TransactionHandlers
{
    public static IEnumerable<IRequestHandler> Make(BrokerCore core, ReplicationPart replication, CoordinationPart coordination)
    {
        var (transactions, groups) = (coordination.Transactions, coordination.Groups);
        var coordinator = transactions.Coordinator;
        return
        [
            new InitProducerIdHandler(coordinator, transactions.ProducerIds),
            new AddPartitionsToTxnHandler(coordinator, core.Metadata),
            new AddOffsetsToTxnHandler(coordinator, groups),
            new TxnOffsetCommitHandler(groups, Verification(core, replication, coordination), core.Metadata),
            new EndTxnHandler(coordinator),
            new DescribeTransactionsHandler(coordinator.Administration),
            new ListTransactionsHandler(coordinator.Administration),
        ];
    }

    /// <summary>What makes sure of a transaction before the first append to a partition (KIP-890).</summary>
    public static TransactionVerification Verification(BrokerCore core, ReplicationPart replication, CoordinationPart coordination) =>
        new(replication.Replicas, coordination.Transactions.Verifier, core.Config);
}
