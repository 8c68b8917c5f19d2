using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.AdminConsole.Tests.Live;

namespace ClassicBroker.AdminConsole.Tests.Sessions.Oidc;

/// <summary>Sign-in at an OpenID provider, as browsers go through it.</summary>
public sealed class OidcSignInTests(LiveFixture live)
{
    /// <summary>What a provider's token may be that proves nothing; each differs from a good one in one thing.</summary>
    private static readonly SortedDictionary<string, Action<TestOpenIdProvider>> Forgeries = new(StringComparer.Ordinal)
    {
        ["another nonce"] = provider => provider.Claims = claims => claims["nonce"] = "of another sign-in",
        ["no nonce"] = provider => provider.Claims = claims => claims.Remove("nonce"),
        ["another audience"] = provider => provider.Claims = claims => claims["aud"] = "another client",
        ["several audiences without the party it was made for"] = provider =>
            provider.Claims = claims => claims["aud"] = new JsonArray(TestOpenIdProvider.ClientId, "another client"),
        ["made for another party"] = provider => provider.Claims = claims => claims["azp"] = "another client",
        ["another issuer"] = provider => provider.Claims = claims => claims["iss"] = "https://id.example",
        ["expired"] = provider => provider.Claims = claims => claims["exp"] = (long)claims["iat"]! - 60,
        ["no end"] = provider => provider.Claims = claims => claims.Remove("exp"),
        ["not valid yet"] = provider => provider.Claims = claims => claims["nbf"] = (long)claims["iat"]! + 600,
        ["no user"] = provider => provider.Claims = claims => claims.Remove("sub"),
        ["a user with control characters"] = provider => provider.Claims = claims => claims["sub"] = "olga\nada",
        ["a foreign key"] = provider => provider.SigningKey = RSA.Create(2048),
        ["no signature"] = provider => provider.Token = claims => TestOpenIdProvider.Compact("""{"alg":"none"}""", claims, _ => []),
        ["the public key taken for a shared secret"] = provider => provider.Token = claims => TestOpenIdProvider.Compact(
            """{"alg":"HS256","kid":"k1"}""", claims, signed => HMACSHA256.HashData(provider.PublicKey.Modulus!, signed)),
        ["claims changed behind the signature"] = provider => provider.Token = claims =>
        {
            var token = TestOpenIdProvider.Compact(
                """{"alg":"RS256","kid":"k1"}""", claims,
                signed => provider.SigningKey.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            claims["sub"] = "ada";
            var parts = token.Split('.');
            return $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.{parts[2]}";
        },
        ["no token"] = provider => provider.Token = _ => "",
        ["another provider's answer"] = provider => provider.Return = address => $"{address}&iss=https%3A%2F%2Fid.example",
        ["an answer without the name that the provider promises"] = provider =>
            provider.Discovery = document => document["authorization_response_iss_parameter_supported"] = true,
        ["a description of another provider"] = provider => provider.Discovery = document => document["issuer"] = "https://id.example",
    };

    public static TheoryData<string> ForgeryNames => [.. Forgeries.Keys];

    [Fact]
    public async Task A_user_of_the_provider_gets_in_with_the_role_that_the_claim_tells()
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        await using var console = await StartAsync(provider);
        using var browser = new Visitor(console.Address);
        var end = await browser.SignInAsync();
        Assert.Equal("/", end.Location);
        var session = (await browser.GetAsync("/api/session"))!;
        Assert.Equal(("oidc", "olga", "operator"), ((string?)session["signIn"], (string?)session["user"], (string?)session["role"]));
        Assert.Contains(end.Cookies, cookie => cookie.Contains("samesite=strict", StringComparison.OrdinalIgnoreCase)
            && cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase));
        Assert.NotNull(await browser.GetAsync("/api/overview"));
        Assert.Equal(HttpStatusCode.Forbidden, await browser.PostAsync("/api/topics", csrf: null));
        var log = console.Log.Lines.ToArray();
        Assert.Contains(log, line => line.Contains("olga at 127.0.0.1: signed in as Operator", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains(TestOpenIdProvider.ClientSecret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("post")]
    [InlineData("none")]
    public async Task The_console_proves_itself_as_it_is_registered(string proof)
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        provider.ClientProof = proof;
        await using var console = await StartAsync(
            provider, proof == "none" ? [(ConsoleConfigKeys.OidcClientSecret, "")] : []);
        using var browser = new Visitor(console.Address);
        Assert.Equal("/", (await browser.SignInAsync()).Location);
    }

    [Theory]
    [MemberData(nameof(ForgeryNames))]
    public async Task What_proves_nothing_gets_nobody_in(string forgery)
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        Forgeries[forgery](provider);
        await using var console = await StartAsync(provider, (ConsoleConfigKeys.OidcUserClaim, "sub"));
        using var browser = new Visitor(console.Address);
        Assert.Equal("/#/sign-in?failure=untrusted", (await browser.SignInAsync()).Location);
        Assert.Null((await browser.GetAsync("/api/session"))!["user"]);
        Assert.Null(await browser.GetAsync("/api/overview"));
        Assert.Contains(console.Log.Lines.ToArray(), line => line.Contains("sign-in failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_counts_once_and_in_the_browser_that_began()
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        await using var console = await StartAsync(provider);
        using var browser = new Visitor(console.Address);
        using var other = new Visitor(console.Address);

        var stolen = await browser.ReturnAddressAsync();
        Assert.Equal("/#/sign-in?failure=expired", (await other.VisitAsync(stolen)).Location);
        Assert.Equal("/#/sign-in?failure=expired", (await browser.VisitAsync(stolen)).Location);

        var answer = await browser.ReturnAddressAsync();
        Assert.Equal("/", (await browser.VisitAsync(answer)).Location);
        Assert.Equal("/#/sign-in?failure=expired", (await browser.VisitAsync(answer)).Location);
        Assert.Equal("/#/sign-in?failure=expired", (await other.VisitAsync($"{console.Address}/api/oidc/end?code=1&state=made-up")).Location);
        Assert.Null((await other.GetAsync("/api/session"))!["user"]);
    }

    [Fact]
    public async Task Who_has_no_role_is_told_so()
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        provider.Claims = claims => claims["realm_access"]!["roles"] = new JsonArray("offline");
        await using var console = await StartAsync(provider, (ConsoleConfigKeys.Readers, "kafka-readers"));
        using var browser = new Visitor(console.Address);
        Assert.Equal("/#/sign-in?failure=role", (await browser.SignInAsync()).Location);
        Assert.Null((await browser.GetAsync("/api/session"))!["user"]);
    }

    [Fact]
    public async Task What_the_provider_refuses_is_refused_and_what_is_tried_too_often_held_up()
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        provider.Return = address => address.Replace("code=", "error=access_denied&was=", StringComparison.Ordinal);
        await using var console = await StartAsync(provider);
        using var browser = new Visitor(console.Address);
        Assert.Equal("/#/sign-in?failure=refused", (await browser.SignInAsync()).Location);
        provider.Return = address => address.Replace("code=", "code=guessed-", StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("/#/sign-in?failure=refused", (await browser.SignInAsync()).Location);
        }

        provider.Return = address => address;
        Assert.Equal("/#/sign-in?failure=refused", (await browser.SignInAsync()).Location);
        Assert.Contains(console.Log.Lines.ToArray(), line => line.Contains("too many attempts", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_provider_that_is_down_is_named_as_such_and_passwords_get_nobody_in()
    {
        await using var provider = await TestOpenIdProvider.StartAsync();
        await using var console = await StartAsync(provider);
        await provider.DisposeAsync();
        using var browser = new Visitor(console.Address);
        Assert.Equal("/#/sign-in?failure=unreachable", (await browser.VisitAsync($"{console.Address}/api/oidc/begin")).Location);
        using var user = console.NewBrowser();
        await user.PostAsync(
            "/api/sign-in", new JsonObject { ["user"] = LiveCluster.Admin, ["secret"] = LiveCluster.Password }, HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("/api/oidc/begin")]
    [InlineData("/api/oidc/end?code=1&state=1")]
    public async Task Consoles_of_other_sign_ins_have_no_such_page(string path)
    {
        using var browser = live.Console.NewBrowser();
        await browser.GetRefusedAsync(path, HttpStatusCode.NotFound);
    }

    private Task<TestConsole> StartAsync(TestOpenIdProvider provider, params (string Key, string Value)[] properties) => TestConsole.StartAsync(
        live.Cluster, withZooKeeper: false, bootstrapServers: null,
        [
            (ConsoleConfigKeys.SignIn, "oidc"),
            (ConsoleConfigKeys.OidcIssuer, provider.Issuer),
            (ConsoleConfigKeys.OidcClientId, TestOpenIdProvider.ClientId),
            (ConsoleConfigKeys.OidcClientSecret, TestOpenIdProvider.ClientSecret),
            (ConsoleConfigKeys.OidcUserClaim, "preferred_username"),
            (ConsoleConfigKeys.OidcRolesClaim, "realm_access.roles"),
            (ConsoleConfigKeys.Admins, "kafka-admins"),
            (ConsoleConfigKeys.Operators, "kafka-operators"),
            .. properties,
        ]);

    /// <summary>A browser that stops at each redirect.</summary>
    private sealed class Visitor(string console) : IDisposable
    {
        private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false });

        public async Task<(string? Location, string[] Cookies)> VisitAsync(string address)
        {
            using var response = await _http.GetAsync(address);
            return (
                response.Headers.Location?.OriginalString,
                response.Headers.TryGetValues("Set-Cookie", out var cookies) ? [.. cookies] : []);
        }

        /// <summary>Where the provider sends the browser back to; where the console refused to send it there, what it was told.</summary>
        public async Task<string> ReturnAddressAsync()
        {
            var there = (await VisitAsync($"{console}/api/oidc/begin")).Location!;
            return there.StartsWith('/') ? there : (await VisitAsync(there)).Location!;
        }

        public async Task<(string? Location, string[] Cookies)> SignInAsync()
        {
            var back = await ReturnAddressAsync();
            return back.StartsWith('/') ? (back, []) : await VisitAsync(back);
        }

        /// <summary>Null where it is refused.</summary>
        public async Task<JsonNode?> GetAsync(string path)
        {
            using var response = await _http.GetAsync(console + path);
            return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync()) : null;
        }

        public async Task<HttpStatusCode> PostAsync(string path, string? csrf)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, console + path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            request.Headers.Add("X-CSRF-Token", csrf ?? "");
            using var response = await _http.SendAsync(request);
            return response.StatusCode;
        }

        public void Dispose() => _http.Dispose();
    }
}
