using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Takes tokens signed by a key of a JWKS, with the claims that Kafka asks for. Whatever is missing, unknown or of another kind refuses
/// the token. Any loop.
/// </summary>
internal sealed class JwksTokenValidator(IVerificationKeys keys, TimeProvider time) : ITokenValidator
{
    /// <summary><c>sasl.oauthbearer.expected.issuer</c>; null for any.</summary>
    public string? Issuer { get; init; }

    /// <summary><c>sasl.oauthbearer.expected.audience</c>; none refuses tokens that have one.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary><c>sasl.oauthbearer.sub.claim.name</c>.</summary>
    public string PrincipalClaim { get; init; } = "sub";

    /// <summary><c>sasl.oauthbearer.scope.claim.name</c>.</summary>
    public string ScopeClaim { get; init; } = "scope";

    /// <summary><c>sasl.oauthbearer.clock.skew.seconds</c>.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The keys of a JWKS that verify signatures.</summary>
    /// <exception cref="FormatException">It is no JWKS.</exception>
    public static IReadOnlyList<JsonWebKey> ParseKeys(byte[] jwks)
    {
        try
        {
            using var document = JsonDocument.Parse(jwks);
            JsonStrings.Require(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("keys", out var members) && members.ValueKind == JsonValueKind.Array
                    ? [.. members.EnumerateArray().Where(member => member.ValueKind == JsonValueKind.Object)
                        .Select(JsonWebKey.TryParse).OfType<JsonWebKey>()]
                    : throw new FormatException("it has no list of keys");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new FormatException(malformed.Message, malformed);
        }
    }

    public SaslIdentity Validate(string token)
    {
        var parsed = JsonWebToken.Parse(token);
        RequireSigned(parsed);
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var skewMs = (long)ClockSkew.TotalMilliseconds;
        var expiresAtMs = parsed.TimeMs("exp") ?? throw new TokenRefusedException("the token has no claim exp");
        Require(expiresAtMs > nowMs - skewMs, "the token has expired");
        Require(parsed.TimeMs("iat") is not null, "the token has no claim iat");
        Require(parsed.TimeMs("nbf") is not { } from || from <= nowMs + skewMs, "the token is not valid yet");
        Require(Issuer is null || JsonWebToken.Text(parsed.Claims, "iss") == Issuer, "the token is of another issuer");
        var audiences = parsed.Texts("aud");
        Require(
            Audiences.Count == 0 ? audiences is null : audiences?.Any(Audiences.Contains) == true, "the token is for another audience");
        Require(JsonWebToken.Text(parsed.Claims, "sub") is not null, "the token has no claim sub");
        RequireScopes(parsed);
        var principal = JsonWebToken.Text(parsed.Claims, PrincipalClaim)
            ?? throw new TokenRefusedException($"the token has no claim {PrincipalClaim}");
        return new SaslIdentity(new KafkaPrincipal(KafkaPrincipal.UserType, principal), expiresAtMs);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new TokenRefusedException(otherwise);
        }
    }

    private void RequireSigned(JsonWebToken token)
    {
        Require(!token.Header.TryGetProperty("crit", out _), "the token has a header that must be understood, and is not");
        var current = keys.Current;
        var candidates = current;
        if (token.Header.TryGetProperty("kid", out _))
        {
            var id = JsonWebToken.Text(token.Header, "kid");
            candidates = [.. current.Where(key => key.Id is not null && key.Id == id)];
            if (candidates.Count == 0 && id is not null)
            {
                keys.Missed(id);
            }
        }

        Require(candidates.Any(key => key.Verifies(token)), "no key of the JWKS has signed the token");
    }

    private void RequireScopes(JsonWebToken token)
    {
        var scopes = token.Texts(ScopeClaim)?.Select(scope => scope.Trim()).ToList() ?? [];
        Require(scopes.TrueForAll(scope => scope.Length > 0), "the token has an empty scope");
        Require(scopes.Distinct(StringComparer.Ordinal).Count() == scopes.Count, "the token has a scope twice");
    }
}
