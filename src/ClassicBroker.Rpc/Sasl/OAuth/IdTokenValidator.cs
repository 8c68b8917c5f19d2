using System.Text.Json;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// Takes ID tokens that an OpenID provider has made for one client and one sign-in (OpenID Connect Core 1.0, 3.1.3.7). The signature,
/// times, issuer and audience are checked as those of other tokens are. Immutable; any thread.
/// </summary>
public sealed class IdTokenValidator(string issuer, string clientId, TimeProvider time)
{
    /// <summary>The claims of a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="jwks">The provider's keys.</param>
    /// <param name="nonce">What the sign-in was begun with.</param>
    /// <exception cref="IdTokenRefusedException">The token proves nothing.</exception>
    public JsonElement Validate(string token, byte[] jwks, string nonce)
    {
        try
        {
            var keys = new FixedKeys(JwksTokenValidator.ParseKeys(jwks));
            new JwksTokenValidator(keys, time) { Issuer = issuer, Audiences = [clientId] }.Validate(token);
            var parsed = JsonWebToken.Parse(token);
            Require(JsonWebToken.Text(parsed.Claims, "nonce") == nonce, "the token is of another sign-in: its nonce differs");
            // A token for several is for this client only where it says that it was made for it.
            Require(
                parsed.Claims.TryGetProperty("azp", out _)
                    ? JsonWebToken.Text(parsed.Claims, "azp") == clientId
                    : parsed.Texts("aud") is [_],
                "the token was made for another client");
            return parsed.Claims;
        }
        catch (TokenRefusedException refused)
        {
            throw new IdTokenRefusedException(refused.Message);
        }
        catch (FormatException malformed)
        {
            throw new IdTokenRefusedException($"the keys of the provider are no JWKS: {malformed.Message}");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new TokenRefusedException(otherwise);
        }
    }
}
