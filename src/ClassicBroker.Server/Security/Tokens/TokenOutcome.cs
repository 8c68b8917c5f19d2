using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>What became of a token that was to be renewed or ended: when it ends now, or why nothing was done.</summary>
internal readonly record struct TokenOutcome(ErrorCode Error, long ExpiresAtMs)
{
    public static TokenOutcome Refused(ErrorCode error) => new(error, -1);
}
