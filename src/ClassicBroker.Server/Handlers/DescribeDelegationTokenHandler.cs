using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// DescribeDelegationToken 0-3: the tokens of owners, or all, that the requester may see: one's own, and those that Describe on the token
/// or DescribeTokens on its owner shows (KIP-48, KIP-373). Who has the HMAC is the owner: unlike Kafka's, an answer holds it only for the
/// owner and for who had the token made.
/// </summary>
internal sealed class DescribeDelegationTokenHandler(DelegationTokens? tokens)
    : RequestHandler<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse>
{
    private static readonly AccessRule OfToken = AccessRule.Each(AclOperation.Describe, AclResourceType.DelegationToken);
    private static readonly AccessRule OfOwner = AccessRule.Each(AclOperation.DescribeTokens, AclResourceType.User);

    public override IReadOnlyList<AccessRule> Access { get; } = [OfToken, OfOwner];

    public override ValueTask<DescribeDelegationTokenResponse?> HandleAsync(
        DescribeDelegationTokenRequest request, RequestContext context)
    {
        var refusal = TokenRequests.Refusal(context, tokens);
        if (refusal != ErrorCode.None)
        {
            return new(new DescribeDelegationTokenResponse { ErrorCode = refusal });
        }

        var owners = request.Owners?.Select(owner => new KafkaPrincipal(owner.PrincipalType, owner.PrincipalName)).ToHashSet();
        var shown = owners is { Count: 0 } ? [] : tokens!.All().Where(token => IsShown(token, owners, context));
        return new(new DescribeDelegationTokenResponse { Tokens = [.. shown.Select(token => Describe(token, context))] });
    }

    private static bool IsShown(DelegationToken token, HashSet<KafkaPrincipal>? owners, RequestContext context) =>
        owners?.Any(token.Concerns) != false
        && (token.Concerns(context.Principal)
            || context.Allows(OfToken, token.Id)
            || context.Allows(OfOwner, token.Owner.ToString()));

    private static DescribeDelegationTokenResponse.DescribedDelegationToken Describe(DelegationToken token, RequestContext context)
    {
        var requester = TokenRequests.Requester(token.Requester, context.ApiVersion);
        return new()
        {
            PrincipalType = token.Owner.PrincipalType,
            PrincipalName = token.Owner.Name,
            TokenRequesterPrincipalType = requester.PrincipalType,
            TokenRequesterPrincipalName = requester.Name,
            IssueTimestamp = token.Stored.IssuedAtMs,
            ExpiryTimestamp = token.ExpiresAtMs,
            MaxTimestamp = token.Stored.MaxMs,
            TokenId = token.Id,
            Hmac = token.HasHmac(context.Principal) ? token.Hmac : [],
            Renewers =
            [
                .. token.Renewers.Select(renewer => new DescribeDelegationTokenResponse.DescribedDelegationTokenRenewer
                {
                    PrincipalType = renewer.PrincipalType,
                    PrincipalName = renewer.Name,
                }),
            ],
        };
    }
}
