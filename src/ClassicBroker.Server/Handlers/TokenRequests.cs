using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Security.Tokens;

namespace ClassicBroker.Server.Handlers;

/// <summary>What the requests about delegation tokens have in common. Stateless.</summary>
internal static class TokenRequests
{
    /// <summary>From here on CreateDelegationToken and DescribeDelegationToken tell who asked for a token (KIP-373).</summary>
    private const short FirstVersionWithRequester = 3;

    /// <summary>Who asked for a token, as far as a version tells it.</summary>
    public static KafkaPrincipal Requester(KafkaPrincipal requester, short version) =>
        version >= FirstVersionWithRequester ? requester : Untold;

    private static KafkaPrincipal Untold { get; } = new("", "");

    /// <summary>
    /// Whether a client may ask at all: one whose connection says who it is, and who has proved it by a secret of its own. A token must not
    /// make tokens.
    /// </summary>
    public static bool MayAsk(RequestContext context) =>
        !context.Connection.IsByToken
        && (context.Connection.Listener.RequiresAuthentication || context.Principal != KafkaPrincipal.Anonymous);

    /// <summary>Why a client gets no answer about tokens whatever it asks; none where it may get one.</summary>
    public static ErrorCode Refusal(RequestContext context, DelegationTokens? tokens) =>
        !MayAsk(context) ? ErrorCode.DelegationTokenRequestNotAllowed
        : tokens is null ? ErrorCode.DelegationTokenAuthDisabled
        : ErrorCode.None;
}
