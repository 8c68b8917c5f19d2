namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Takes tokens that anyone can make, with algorithm <c>none</c> and no signature: Kafka's default, for development only. Options of the
/// login module say what is asked of them. Immutable; any loop.
/// </summary>
internal sealed class UnsecuredTokenValidator(IReadOnlyDictionary<string, string> options, TimeProvider time) : ITokenValidator
{
    private readonly string _principalClaim = options.GetValueOrDefault("unsecuredValidatorPrincipalClaimName") ?? "sub";
    private readonly string _scopeClaim = options.GetValueOrDefault("unsecuredValidatorScopeClaimName") ?? "scope";
    private readonly long _skewMs = SkewMs(options.GetValueOrDefault("unsecuredValidatorAllowableClockSkewMs"));

    private readonly string[] _required = (options.GetValueOrDefault("unsecuredValidatorRequiredScope") ?? "")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public SaslIdentity Validate(string token)
    {
        var parsed = JsonWebToken.Parse(token);
        if (parsed.Algorithm != "none" || parsed.Signature.Length > 0)
        {
            throw new TokenRefusedException("the token is signed, and only unsecured ones are taken here");
        }

        var principal = JsonWebToken.Text(parsed.Claims, _principalClaim)
            ?? throw new TokenRefusedException($"the token has no claim {_principalClaim}");
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var expiresAtMs = parsed.TimeMs("exp") ?? throw new TokenRefusedException("the token has no claim exp");
        if (expiresAtMs <= nowMs - _skewMs)
        {
            throw new TokenRefusedException("the token has expired");
        }

        if (parsed.TimeMs("iat") is { } issuedAtMs && (issuedAtMs > nowMs + _skewMs || issuedAtMs >= expiresAtMs))
        {
            throw new TokenRefusedException("the token was issued in the future, or after its end");
        }

        if (_required.Length > 0 && !_required.All(scope => parsed.Texts(_scopeClaim)?.Contains(scope) == true))
        {
            throw TokenRefusedException.InsufficientScope(_required);
        }

        return new SaslIdentity(new KafkaPrincipal(KafkaPrincipal.UserType, principal), expiresAtMs);
    }

    private static long SkewMs(string? text) =>
        Primitives.JavaText.TryParseInt(text ?? "0", out var skewMs) && skewMs >= 0
            ? skewMs
            : throw new JaasException("unsecuredValidatorAllowableClockSkewMs is no number of milliseconds");
}
