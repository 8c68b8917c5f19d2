using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>The APIs this broker only refuses, each with its reason.</summary>
public static class UnavailableApis
{
    public static IEnumerable<IRequestHandler> Handlers() =>
    [
        // Transactions have no coordinator here.
        new AddPartitionsToTxnHandler(),
        new RefusingHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            ErrorCode.CoordinatorNotAvailable,
            AccessRule.Whole<AddOffsetsToTxnRequest>(
                AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
            AccessRule.Whole<AddOffsetsToTxnRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId)),
        new RefusingHandler<EndTxnRequest, EndTxnResponse>(
            ErrorCode.CoordinatorNotAvailable,
            AccessRule.Whole<EndTxnRequest>(
                AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId)),
        new TxnOffsetCommitHandler(),
        new DescribeTransactionsHandler(),
        new RefusingHandler<ListTransactionsRequest, ListTransactionsResponse>(ErrorCode.CoordinatorNotAvailable),

        // The consumer protocol of KIP-848 needs KRaft.
        new RefusingHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(ErrorCode.UnsupportedVersion),
        new ConsumerGroupDescribeHandler(),

        // No tokens over a plaintext listener.
        new RefusingHandler<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
    ];
}
