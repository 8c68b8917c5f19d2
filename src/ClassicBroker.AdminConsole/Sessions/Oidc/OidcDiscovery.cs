using System.Text.Json;
using ClassicBroker.Rpc.Http;

namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>What a provider says of itself (OpenID Connect Discovery 1.0), as far as it counts here. Immutable.</summary>
/// <param name="Authorization">Where browsers are sent.</param>
/// <param name="Token">Where codes are redeemed.</param>
/// <param name="Keys">Where its keys are.</param>
/// <param name="TakesBasic">Whether clients prove themselves in a header, rather than in the body.</param>
/// <param name="NamesItself">Whether its answers carry its name (RFC 9207).</param>
internal sealed record OidcDiscovery(HttpAddress Authorization, HttpAddress Token, HttpAddress Keys, bool TakesBasic, bool NamesItself)
{
    /// <exception cref="FormatException">It is no such document, or of another provider.</exception>
    public static OidcDiscovery Parse(byte[] body, string issuer)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var provider = document.RootElement;
            if (Text(provider, "issuer") != issuer)
            {
                throw new FormatException("it names another issuer");
            }

            var methods = provider.TryGetProperty("token_endpoint_auth_methods_supported", out var listed)
                ? listed.EnumerateArray().Select(method => method.GetString()).ToArray()
                : ["client_secret_basic"];
            var isEncrypted = issuer.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
            return new(
                Address(provider, "authorization_endpoint", isEncrypted),
                Address(provider, "token_endpoint", isEncrypted),
                Address(provider, "jwks_uri", isEncrypted),
                methods.Contains("client_secret_basic") || !methods.Contains("client_secret_post"),
                provider.TryGetProperty("authorization_response_iss_parameter_supported", out var names)
                    && names.ValueKind == JsonValueKind.True);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new FormatException($"it is no JSON of the form: {malformed.Message}", malformed);
        }
    }

    private static HttpAddress Address(JsonElement provider, string name, bool mustBeEncrypted)
    {
        var address = HttpAddress.Parse(Text(provider, name) ?? throw new FormatException($"it has no {name}"));
        return address.IsTls || !mustBeEncrypted ? address : throw new FormatException($"its {name} is not of https");
    }

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var value) ? value.GetString() : null;
}
