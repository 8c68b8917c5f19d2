using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ClassicBroker.Testing.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Interop.Tests.OAuth;

/// <summary>
/// An issuer of tokens behind Kestrel's HTTPS: <c>/keys</c> is its JWKS, <c>/token</c> the grant of client credentials. Owned by one test.
/// </summary>
internal sealed class HttpsIssuer : IAsyncDisposable
{
    public const string Audience = "kafka";

    private static readonly Dictionary<string, string> Secrets = new() { ["broker"] = "broker-secret", ["app"] = "app-secret" };

    private readonly int _port = LoopbackPorts.Next();
    private readonly WebApplication _site;
    private volatile Key _key = new();
    private int _keyRequests;

    private HttpsIssuer(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, _port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(certificate);
        }));
        _site = builder.Build();
        _site.Run(AnswerAsync);
    }

    public string Url => $"https://localhost:{_port}";

    /// <summary>How often its keys have been asked for.</summary>
    public int KeyRequests => Volatile.Read(ref _keyRequests);

    public static async Task<HttpsIssuer> StartAsync(X509Certificate2 certificate)
    {
        var issuer = new HttpsIssuer(certificate);
        await issuer._site.StartAsync();
        return issuer;
    }

    /// <summary>Signs with another key from here on, and publishes that one alone.</summary>
    public void ChangeKey() => _key = new Key();

    public string TokenFor(string user) => TokenFor(user, _key);

    /// <summary>A token that names the published key and is signed by another.</summary>
    public string ForgedTokenFor(string user) => TokenFor(user, new Key(_key.Id));

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private string TokenFor(string user, Key key)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = JsonSerializer.Serialize(new { sub = user, iss = Url, aud = Audience, iat = now, exp = now + 300 });
        var signed = $"{Part($$"""{"alg":"RS256","kid":"{{key.Id}}"}""")}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/keys":
                Interlocked.Increment(ref _keyRequests);
                await context.Response.WriteAsJsonAsync(new { keys = new[] { _key.Public } });
                break;
            case "/token" when context.Request.Method == "POST":
                var form = await context.Request.ReadFormAsync();
                var user = UserOf(context.Request.Headers.Authorization.ToString());
                context.Response.StatusCode = user is not null && form["grant_type"] == "client_credentials" ? 200 : 401;
                await context.Response.WriteAsJsonAsync(
                    user is null ? (object)new { error = "invalid_client" } : new { access_token = TokenFor(user), token_type = "Bearer" });
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private static string? UserOf(string authorization)
    {
        var credentials = authorization.StartsWith("Basic ", StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..])).Split(':', 2)
            : [];
        return credentials is [var id, var secret] && Secrets.GetValueOrDefault(id) == secret ? id : null;
    }

    private sealed class Key(string? id = null)
    {
        private readonly RSA _rsa = RSA.Create(2048);

        public string Id { get; } = id ?? Guid.NewGuid().ToString("N");

        public object Public
        {
            get
            {
                var parameters = _rsa.ExportParameters(false);
                return new
                {
                    kty = "RSA",
                    use = "sig",
                    kid = Id,
                    n = Base64Url.EncodeToString(parameters.Modulus),
                    e = Base64Url.EncodeToString(parameters.Exponent),
                };
            }
        }

        public byte[] Sign(byte[] bytes) => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
