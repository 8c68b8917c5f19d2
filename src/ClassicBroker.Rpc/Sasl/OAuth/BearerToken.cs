namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>A token to log in with, and until when it is good for that. Immutable.</summary>
internal sealed record BearerToken(string Text, long RefreshAtMs, long ExpiresAtMs)
{
    /// <summary>Looks at a token as far as one can who has no key to verify it, as Kafka's clients do.</summary>
    /// <exception cref="TokenRefusedException">It is none that a broker could take.</exception>
    public static BearerToken Read(string text, TokenEndpointSettings settings, long nowMs, double chance)
    {
        var token = JsonWebToken.Parse(text);
        if (JsonWebToken.Text(token.Claims, settings.PrincipalClaim) is null)
        {
            throw new TokenRefusedException($"the token has no claim {settings.PrincipalClaim}");
        }

        token.Texts(settings.ScopeClaim);
        var expiresAtMs = token.TimeMs("exp") ?? throw new TokenRefusedException("the token has no claim exp");
        var startsAtMs = token.TimeMs("iat") ?? nowMs;
        return expiresAtMs > nowMs && expiresAtMs > startsAtMs
            ? new BearerToken(text, settings.RefreshAtMs(nowMs, startsAtMs, expiresAtMs, chance), expiresAtMs)
            : throw new TokenRefusedException("the token has expired");
    }

    /// <summary>Its end alone: the rest is secret.</summary>
    public override string ToString() => $"a token until {ExpiresAtMs}";
}
