using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>
/// An OpenID provider in the test's process that signs everybody in at once, checks what a provider checks (redirect URI, client, PKCE, each
/// code once), and makes its ID tokens as the test wants them. One test owns it.
/// </summary>
public sealed class TestOpenIdProvider : IAsyncDisposable
{
    public const string ClientId = "kafka console";
    public const string ClientSecret = "a secret: of/the+client";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new(StringComparer.Ordinal);

    private TestOpenIdProvider(WebApplication app) => (_app, SigningKey) = (app, _key);

    public string Issuer { get; private set; } = "";

    /// <summary>What tokens are signed with.</summary>
    public RSA SigningKey { get; set; }

    /// <summary>Changes the claims of tokens.</summary>
    public Action<JsonObject> Claims { get; set; } = _ => { };

    /// <summary>Makes the token of its claims; null for one that is signed as it should be.</summary>
    public Func<JsonObject, string>? Token { get; set; }

    /// <summary>Changes what the provider says of itself.</summary>
    public Action<JsonObject> Discovery { get; set; } = _ => { };

    /// <summary>Changes the address that the browser is sent back to.</summary>
    public Func<string, string> Return { get; set; } = address => address;

    /// <summary>How clients prove themselves: basic, post, or none.</summary>
    public string ClientProof { get; set; } = "basic";

    public RSAParameters PublicKey => _key.ExportParameters(includePrivateParameters: false);

    /// <param name="host">What users call the machine: another name than the console's is another site to browsers.</param>
    public static async Task<TestOpenIdProvider> StartAsync(string host = "127.0.0.1")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var provider = new TestOpenIdProvider(app);
        app.UseRouting();
        app.MapMethods("/realm/.well-known/openid-configuration", ["GET"], http => http.Response.WriteAsync(provider.Describe().ToJsonString()));
        app.MapMethods("/realm/authorize", ["GET"], provider.AuthorizeAsync);
        app.MapMethods("/realm/token", ["POST"], provider.RedeemAsync);
        app.MapMethods("/realm/keys", ["GET"], http => http.Response.WriteAsync(provider.Keys().ToJsonString()));
        await app.StartAsync();
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;
        provider.Issuer = $"http://{host}:{port}/realm";
        return provider;
    }

    /// <summary>The three parts of a token.</summary>
    public static string Compact(string header, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private static bool IsRight(string challenge, string verifier) =>
        challenge == Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private JsonObject Describe()
    {
        var document = new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = $"{Issuer}/authorize",
            ["token_endpoint"] = $"{Issuer}/token",
            ["jwks_uri"] = $"{Issuer}/keys",
            ["token_endpoint_auth_methods_supported"] = new JsonArray(ClientProof == "post" ? "client_secret_post" : "client_secret_basic"),
        };
        Discovery(document);
        return document;
    }

    private JsonObject Keys() => new()
    {
        ["keys"] = new JsonArray(new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "k1",
            ["use"] = "sig",
            ["n"] = Base64Url.EncodeToString(PublicKey.Modulus),
            ["e"] = Base64Url.EncodeToString(PublicKey.Exponent),
        }),
    };

    private Task AuthorizeAsync(HttpContext http)
    {
        var asked = http.Request.Query;
        if (asked["client_id"] != ClientId || asked["response_type"] != "code" || asked["code_challenge_method"] != "S256"
            || !asked["scope"].ToString().Split(' ').Contains("openid"))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        var code = Guid.NewGuid().ToString();
        _codes[code] = asked;
        http.Response.Redirect(Return($"{asked["redirect_uri"]}?code={code}&state={asked["state"]}"));
        return Task.CompletedTask;
    }

    private async Task RedeemAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var basic = $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}"))}";
        var isProved = ClientProof switch
        {
            "basic" => http.Request.Headers.Authorization == basic,
            "post" => form["client_id"] == ClientId && form["client_secret"] == ClientSecret,
            _ => form["client_id"] == ClientId && !form.ContainsKey("client_secret") && http.Request.Headers.Authorization.Count == 0,
        };
        if (!isProved || !_codes.TryRemove(form["code"].ToString(), out var asked) || form["redirect_uri"] != asked["redirect_uri"]
            || form["grant_type"] != "authorization_code" || !IsRight(asked["code_challenge"].ToString(), form["code_verifier"].ToString()))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync("""{"error":"invalid_grant"}""");
            return;
        }

        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["sub"] = "1234-5678",
            ["preferred_username"] = "olga",
            ["realm_access"] = new JsonObject { ["roles"] = new JsonArray("offline", "kafka-operators") },
            ["nonce"] = asked["nonce"].ToString(),
            ["iat"] = now,
            ["exp"] = now + 300,
        };
        Claims(claims);
        var token = Token?.Invoke(claims) ?? Compact(
            """{"alg":"RS256","kid":"k1","typ":"JWT"}""", claims,
            signed => SigningKey.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        await http.Response.WriteAsync(new JsonObject { ["access_token"] = "opaque", ["token_type"] = "Bearer", ["id_token"] = token }.ToJsonString());
    }
}
