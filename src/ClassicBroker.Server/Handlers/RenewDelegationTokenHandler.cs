using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Handlers;

/// <summary>RenewDelegationToken 0-2, at any broker: a token lives on, for its owner and its renewers (KIP-48).</summary>
internal sealed class RenewDelegationTokenHandler(DelegationTokens? tokens)
    : RequestHandler<RenewDelegationTokenRequest, RenewDelegationTokenResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [];

    public override async ValueTask<RenewDelegationTokenResponse?> HandleAsync(
        RenewDelegationTokenRequest request, RequestContext context)
    {
        var outcome = TokenRequests.Refusal(context, tokens) is var refusal && refusal != ErrorCode.None
            ? TokenOutcome.Refused(refusal)
            : await tokens!.RenewAsync(context.Principal, request.Hmac, request.RenewPeriodMs);
        return new() { ErrorCode = outcome.Error, ExpiryTimestampMs = outcome.ExpiresAtMs };
    }
}
