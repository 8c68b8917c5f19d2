using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Handlers;

/// <summary>ExpireDelegationToken 0-2, at any broker: a token ends now or at a time, for its owner and its renewers (KIP-48).</summary>
internal sealed class ExpireDelegationTokenHandler(DelegationTokens? tokens)
    : RequestHandler<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [];

    public override async ValueTask<ExpireDelegationTokenResponse?> HandleAsync(
        ExpireDelegationTokenRequest request, RequestContext context)
    {
        var outcome = TokenRequests.Refusal(context, tokens) is var refusal && refusal != ErrorCode.None
            ? TokenOutcome.Refused(refusal)
            : await tokens!.ExpireAsync(context.Principal, request.Hmac, request.ExpiryTimePeriodMs);
        return new() { ErrorCode = outcome.Error, ExpiryTimestampMs = outcome.ExpiresAtMs };
    }
}
