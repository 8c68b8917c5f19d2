using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>The APIs this broker only refuses, each with its reason.</summary>
public static class UnavailableApis
{
    public static IEnumerable<IRequestHandler> Handlers() =>
    [
        // Groups and transactions have no coordinator here.
        new FindCoordinatorHandler(),
        new RefusingHandler<JoinGroupRequest, JoinGroupResponse>(ErrorCode.CoordinatorNotAvailable),
        new RefusingHandler<HeartbeatRequest, HeartbeatResponse>(ErrorCode.CoordinatorNotAvailable),
        new RefusingHandler<LeaveGroupRequest, LeaveGroupResponse>(ErrorCode.CoordinatorNotAvailable),
        new RefusingHandler<SyncGroupRequest, SyncGroupResponse>(ErrorCode.CoordinatorNotAvailable),
        new DescribeGroupsHandler(),
        new RefusingHandler<ListGroupsRequest, ListGroupsResponse>(ErrorCode.CoordinatorNotAvailable),
        new DeleteGroupsHandler(),
        new RefusingHandler<OffsetDeleteRequest, OffsetDeleteResponse>(ErrorCode.CoordinatorNotAvailable),
        new AddPartitionsToTxnHandler(),
        new RefusingHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(ErrorCode.CoordinatorNotAvailable),
        new RefusingHandler<EndTxnRequest, EndTxnResponse>(ErrorCode.CoordinatorNotAvailable),
        new TxnOffsetCommitHandler(),
        new DescribeTransactionsHandler(),
        new RefusingHandler<ListTransactionsRequest, ListTransactionsResponse>(ErrorCode.CoordinatorNotAvailable),

        // The consumer protocol of KIP-848 needs KRaft.
        new RefusingHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(ErrorCode.UnsupportedVersion),
        new ConsumerGroupDescribeHandler(),

        // No authorizer, and no tokens over a plaintext listener.
        new DescribeAclsHandler(),
        new CreateAclsHandler(),
        new DeleteAclsHandler(),
        new RefusingHandler<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<RenewDelegationTokenRequest, RenewDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>(ErrorCode.DelegationTokenRequestNotAllowed),
        new RefusingHandler<SaslHandshakeRequest, SaslHandshakeResponse>(ErrorCode.IllegalSaslState),
        new RefusingHandler<SaslAuthenticateRequest, SaslAuthenticateResponse>(ErrorCode.IllegalSaslState),
    ];
}
