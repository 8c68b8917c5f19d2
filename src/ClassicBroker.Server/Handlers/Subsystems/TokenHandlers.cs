using ClassicBroker.Rpc;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>Makes the handlers of delegation tokens. Used once, at start.</summary>
internal static class TokenHandlers
{
    public static IEnumerable<IRequestHandler> Make(TokensPart tokens) =>
    [
        new CreateDelegationTokenHandler(tokens.Tokens),
        new RenewDelegationTokenHandler(tokens.Tokens),
        new ExpireDelegationTokenHandler(tokens.Tokens),
        new DescribeDelegationTokenHandler(tokens.Tokens),
    ];
}
