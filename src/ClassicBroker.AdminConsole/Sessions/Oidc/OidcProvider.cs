using System.Text;
using System.Text.Json;
using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Transport;
using Request = ClassicBroker.Rpc.Http.HttpRequest;

namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>
/// The OpenID provider, by the authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636): where to send a browser, and
/// whom the code speaks for that comes back. What it says of itself is read every few minutes, its keys at each sign-in. Threading: any.
/// </summary>
internal sealed class OidcProvider
{
    private const int OkStatus = 200;
    private const int NameLengthMax = 1000;

    private static readonly TimeSpan DiscoveryAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly OidcConfig _config;
    private readonly HttpRequester _http;
    private readonly TlsContext _tls;
    private readonly IdTokenValidator _validator;
    private readonly Cached<OidcDiscovery> _discovery;

    public OidcProvider(OidcConfig config, HttpRequester http, TlsContext tls, TimeProvider time)
    {
        (_config, _http, _tls) = (config, http, tls);
        _validator = new IdTokenValidator(config.Issuer, config.ClientId, time);
        _discovery = new(time, DiscoveryAge, DiscoverAsync);
        Pending = new PendingSignIns(time);
    }

    public PendingSignIns Pending { get; }

    /// <summary>Where a browser is sent to sign in.</summary>
    /// <exception cref="OidcException">The provider cannot be asked where.</exception>
    public async Task<string> AddressAsync(PendingSignIn signIn)
    {
        var url = (await _discovery.GetAsync()).Authorization.Url;
        return url + (url.Contains('?', StringComparison.Ordinal) ? '&' : '?') + Form(
        [
            ("response_type", "code"), ("client_id", _config.ClientId), ("redirect_uri", signIn.ReturnAddress), ("scope", _config.Scopes),
            ("state", signIn.State), ("nonce", signIn.Nonce), ("code_challenge", signIn.Challenge), ("code_challenge_method", "S256"),
        ]);
    }

    /// <summary>Who has signed in, and the names that the user's role is told by.</summary>
    /// <exception cref="OidcException">The code proves nothing, or the provider cannot be asked.</exception>
    public async Task<(string User, IReadOnlyList<string> Names)> RedeemAsync(PendingSignIn signIn, string code, string? issuer)
    {
        var provider = await _discovery.GetAsync();
        if (issuer is null ? provider.NamesItself : issuer != _config.Issuer)
        {
            throw new OidcException(OidcFailure.Untrusted, "the answer is of another provider");
        }

        var token = await TokenAsync(provider, signIn, code);
        var keys = await AskAsync(new Request { Address = provider.Keys, Tls = _tls, AnswerTimeout = Patience, ConnectTimeout = Patience });
        try
        {
            var claims = _validator.Validate(token, keys, signIn.Nonce);
            var user = Texts(claims, _config.UserClaim) is [{ Length: > 0 and <= NameLengthMax } name] && !name.Any(char.IsControl)
                ? name
                : throw new OidcException(OidcFailure.Untrusted, $"the token has no name of a user in its claim {_config.UserClaim}");
            return (user, _config.RolesClaim is { } roles ? Texts(claims, roles) : [user]);
        }
        catch (IdTokenRefusedException refused)
        {
            throw new OidcException(OidcFailure.Untrusted, refused.Message);
        }
    }

    private static string Form(IEnumerable<(string Name, string Value)> fields) =>
        string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));

    /// <summary>The texts of a claim, which is one or a list of them. Its name is the claim's, or a path of names by dots.</summary>
    private static IReadOnlyList<string> Texts(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var found))
        {
            found = claims;
            foreach (var part in name.Split('.'))
            {
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found))
                {
                    return [];
                }
            }
        }

        return found.ValueKind switch
        {
            JsonValueKind.String => [found.GetString()!],
            JsonValueKind.Array =>
                [.. found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => [],
        };
    }

    private async Task<string> TokenAsync(OidcDiscovery provider, PendingSignIn signIn, string code)
    {
        List<(string Name, string Value)> form =
        [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", signIn.ReturnAddress),
            ("code_verifier", signIn.Verifier),
        ];
        List<(string Name, string Value)> fields = [("Content-Type", "application/x-www-form-urlencoded")];
        if (_config.ClientSecret is { } secret && provider.TakesBasic)
        {
            var credentials = $"{Uri.EscapeDataString(_config.ClientId)}:{Uri.EscapeDataString(secret)}";
            fields.Add(("Authorization", $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials))}"));
        }
        else
        {
            form.Add(("client_id", _config.ClientId));
            form.AddRange(_config.ClientSecret is { } shown ? [("client_secret", shown)] : []);
        }

        var body = await AskAsync(new Request
        {
            Address = provider.Token,
            Tls = _tls,
            Method = "POST",
            Fields = fields,
            Body = Encoding.ASCII.GetBytes(Form(form)),
            AnswerTimeout = Patience,
            ConnectTimeout = Patience,
        });
        try
        {
            using var answer = JsonDocument.Parse(body);
            JsonStrings.Require(answer.RootElement);
            return answer.RootElement.GetProperty("id_token").GetString()!;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new OidcException(OidcFailure.Untrusted, "the provider's answer to the code has no id_token");
        }
    }

    private async Task<OidcDiscovery> DiscoverAsync()
    {
        var url = $"{_config.Issuer.TrimEnd('/')}/.well-known/openid-configuration";
        var body = await AskAsync(new Request
        {
            Address = HttpAddress.Parse(url),
            Tls = _tls,
            AnswerTimeout = Patience,
            ConnectTimeout = Patience,
        });
        try
        {
            return OidcDiscovery.Parse(body, _config.Issuer);
        }
        catch (FormatException malformed)
        {
            throw new OidcException(OidcFailure.Untrusted, $"{url} does not describe the provider: {malformed.Message}");
        }
    }

    private async Task<byte[]> AskAsync(Request request)
    {
        try
        {
            var answer = await _http.SendAsync(request);
            return answer.Status == OkStatus
                ? answer.Body
                : throw new OidcException(
                    answer.Status < StatusCodes.Status500InternalServerError ? OidcFailure.Refused : OidcFailure.Unreachable,
                    $"{request.Address.Url} answers with status {answer.Status}");
        }
        catch (HttpException failure)
        {
            throw new OidcException(OidcFailure.Unreachable, $"{request.Address.Url}: {failure.Message}");
        }
    }
}
