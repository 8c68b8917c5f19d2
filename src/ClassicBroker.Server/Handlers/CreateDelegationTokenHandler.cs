using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Handlers;

/// <summary>CreateDelegationToken 0-3, at any broker: a token for the requester, or on behalf of another (KIP-48, KIP-373).</summary>
internal sealed class CreateDelegationTokenHandler(DelegationTokens? tokens)
    : RequestHandler<CreateDelegationTokenRequest, CreateDelegationTokenResponse>
{
    private static readonly AccessRule ForAnother = AccessRule.Each(AclOperation.CreateTokens, AclResourceType.User);

    public override IReadOnlyList<AccessRule> Access { get; } = [ForAnother];

    public override async ValueTask<CreateDelegationTokenResponse?> HandleAsync(
        CreateDelegationTokenRequest request, RequestContext context)
    {
        var requester = context.Principal;
        if (Owner(request, requester) is not { } owner)
        {
            return ErrorResponse(request, ErrorCode.UnknownServerError, context.ApiVersion);
        }

        var renewers = Renewers(request);
        var toldRequester = TokenRequests.Requester(requester, context.ApiVersion);
        var refusal = !TokenRequests.MayAsk(context) ? ErrorCode.DelegationTokenRequestNotAllowed
            : owner != requester && !context.Allows(ForAnother, owner.ToString()) ? ErrorCode.DelegationTokenAuthorizationFailed
            : renewers.Any(renewer => renewer.PrincipalType != KafkaPrincipal.UserType) ? ErrorCode.InvalidPrincipalType
            : ErrorCode.None;
        if (refusal != ErrorCode.None || tokens is null)
        {
            return Refusal(refusal == ErrorCode.None ? ErrorCode.DelegationTokenAuthDisabled : refusal, owner, toldRequester);
        }

        var token = await tokens.CreateAsync(owner, requester, renewers, request.MaxLifetimeMs);
        return new()
        {
            PrincipalType = owner.PrincipalType,
            PrincipalName = owner.Name,
            TokenRequesterPrincipalType = toldRequester.PrincipalType,
            TokenRequesterPrincipalName = toldRequester.Name,
            IssueTimestampMs = token.Stored.IssuedAtMs,
            ExpiryTimestampMs = token.ExpiresAtMs,
            MaxTimestampMs = token.Stored.MaxMs,
            TokenId = token.Id,
            Hmac = token.Hmac,
        };
    }

    /// <summary>What nothing foresaw is answered without the names of the request, as Kafka does.</summary>
    protected override CreateDelegationTokenResponse ErrorResponse(CreateDelegationTokenRequest request, ErrorCode error, short version) =>
        Refusal(error, KafkaPrincipal.Anonymous, TokenRequests.Requester(KafkaPrincipal.Anonymous, version));

    /// <summary>The requester where none is named; null where only the name is given.</summary>
    private static KafkaPrincipal? Owner(CreateDelegationTokenRequest request, KafkaPrincipal requester) =>
        request.OwnerPrincipalName is not { Length: > 0 } name ? requester
            : request.OwnerPrincipalType is { } type ? new(type, name)
            : null;

    private static List<KafkaPrincipal> Renewers(CreateDelegationTokenRequest request) =>
        [.. request.Renewers.Select(renewer => new KafkaPrincipal(renewer.PrincipalType, renewer.PrincipalName))];

    private static CreateDelegationTokenResponse Refusal(ErrorCode error, KafkaPrincipal owner, KafkaPrincipal requester) =>
        new()
        {
            ErrorCode = error,
            PrincipalType = owner.PrincipalType,
            PrincipalName = owner.Name,
            TokenRequesterPrincipalType = requester.PrincipalType,
            TokenRequesterPrincipalName = requester.Name,
            IssueTimestampMs = -1,
            ExpiryTimestampMs = -1,
            MaxTimestampMs = -1,
        };
}
