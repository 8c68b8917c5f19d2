using System.Buffers.Text;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Rpc.Tests.Sasl.OAuth;

/// <summary>A client's tokens: asked for by its credentials, kept, replaced before they end.</summary>
public sealed class RetrievedTokensTests
{
    private const string Module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required ";
    private const string Credentials = "clientId=\"the id\" clientSecret=\"s:e c\" scope=\"kafka write\"";

    private readonly ManualTime _time = new();
    private readonly SimulatedFileSystem _files;
    private readonly HttpRequester _http;
    private readonly TestIssuer _issuer;
    private int _made;

    public RetrievedTokensTests()
    {
        _files = new SimulatedFileSystem(_time, new SeededRandomSource(2));
        var network = new InMemoryNetwork(_time, new SeededRandomSource(1));
        _issuer = TestIssuer.Listen(_time, network.AddHost("idp", _time.CreateLoop("idp")), 80);
        _issuer.Answer = _ => Granted();
        var loop = _time.CreateLoop("client");
        _http = new HttpRequester(network.AddHost("client", loop), loop);
    }

    [Fact]
    public void The_grant_of_client_credentials_is_asked_for()
    {
        Assert.StartsWith("n,,\u0001auth=Bearer eyJ", First(Login(Credentials)), StringComparison.Ordinal);
        var asked = Assert.Single(_issuer.Requests);
        Assert.StartsWith("POST /token HTTP/1.1\r\nHost: idp\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Basic dGhlIGlkOnM6ZSBj\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n", asked, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\ngrant_type=client_credentials&scope=kafka%20write", asked, StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_are_encoded_where_that_is_asked_for()
    {
        First(Login(Credentials, settings => settings with { UrlEncodesCredentials = true }));
        var expected = Convert.ToBase64String("the%20id:s%3Ae%20c"u8);
        Assert.Contains($"\r\nAuthorization: Basic {expected}\r\n", Assert.Single(_issuer.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public void Extensions_go_along()
    {
        var first = First(Login(Credentials + " extension_traceId=\"1 2\""));
        Assert.EndsWith("\u0001traceId=1 2\u0001\u0001", first, StringComparison.Ordinal);
        Assert.Throws<JaasException>(() => Login(Credentials + " extension_auth=\"Bearer x\""));
        Assert.Throws<JaasException>(() => Login(Credentials + " extension_a1=\"x\""));
        Assert.Throws<JaasException>(() => Login(Credentials + " extension_a=\"\""));
    }

    [Theory]
    [InlineData("", "The OAuth configuration option clientId value must be non-null")]
    [InlineData("clientId=\" \" clientSecret=\"s\"", "The OAuth configuration option clientId value must not contain only whitespace")]
    [InlineData("clientId=\"a\"", "The OAuth configuration option clientSecret value must be non-null")]
    [InlineData("clientId=\"a\" clientSecret=\"s\" ssl.truststore.location=\"/none.pem\" ssl.truststore.type=\"PEM\"", "ssl.truststore.location")]
    public void A_login_module_that_cannot_ask_is_refused(string options, string reason) =>
        Assert.Contains(reason, Assert.Throws<JaasException>(() => Login(options)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "sasl.oauthbearer.token.endpoint.url value must be non-null")]
    [InlineData("idp/token", "is malformed: no protocol: idp/token")]
    [InlineData("http://other/token", "http://other/token is not allowed. Update system property")]
    [InlineData("file:/none", "contains a file (/none) that doesn't exist")]
    public void A_URL_that_cannot_be_asked_is_refused(string? url, string reason)
    {
        var refused = Assert.Throws<JaasException>(
            () => Login(Credentials, settings => settings with { Url = url, AllowedUrls = "http://idp/token" }));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_used_until_its_time_and_then_replaced()
    {
        var login = Login(Credentials);
        var first = First(login);
        _time.Advance(TimeSpan.FromSeconds(3600 * 0.8) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(first, First(login));
        _time.Advance(TimeSpan.FromSeconds(3600 * 0.05) + TimeSpan.FromMilliseconds(1));
        Assert.NotEqual(first, First(login));
        Assert.Equal(2, _issuer.Requests.Count);
    }

    [Fact]
    public void All_who_ask_at_once_share_one_request()
    {
        var login = Login(Credentials);
        var begun = Enumerable.Range(0, 5).Select(_ => Begin(login)).ToList();
        begun.ForEach(task => _time.Await(task));
        Assert.Single(_issuer.Requests);
    }

    [Fact]
    public void A_token_stays_in_use_while_the_issuer_is_away_and_as_long_as_it_is_good()
    {
        var login = Login(Credentials);
        var first = First(login);
        _issuer.Answer = _ => TestIssuer.WithStatus("401 Unauthorized", """{"error":"invalid_client"}""");
        _time.Advance(TimeSpan.FromSeconds(3300));
        Assert.Equal(first, First(login));
        Assert.Equal(first, First(login));
        Assert.Equal(2, _issuer.Requests.Count);
        _time.Advance(TimeSpan.FromSeconds(301));
        var failed = Assert.Throws<RpcDisconnectedException>(() => First(login));
        Assert.Contains("the answer has status 401 and the error invalid_client", failed.Message, StringComparison.Ordinal);
        _issuer.Answer = _ => Granted();
        Assert.NotEqual(first, First(login));
    }

    [Theory]
    [InlineData("401 Unauthorized", """{"error":"invalid_client"}""", "the answer has status 401 and the error invalid_client", 1)]
    [InlineData("302 Found", "", "the answer has status 302", 5)]
    [InlineData("500 Oops", "<html>", "the answer has status 500", 5)]
    [InlineData("200 OK", """{"token":"x"}""", "the answer holds no access_token", 1)]
    [InlineData("200 OK", """{"access_token":"opaque"}""", "the token has not three parts", 1)]
    [InlineData("200 OK", """{"access_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImlhdCI6MSwiZXhwIjoyfQ."}""", "the token has expired", 1)]
    public void Without_a_token_there_is_no_login(string status, string body, string reason, int attempts)
    {
        _issuer.Answer = _ => TestIssuer.WithStatus(status, body);
        var beginning = Begin(Login(Credentials, settings => settings with { RetryBackoffMaxMs = 1000 }));
        _time.AdvanceMs(1001);
        var failed = Assert.Throws<SaslFailedException>(() => _time.Await(beginning));
        Assert.Contains(reason, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s:e c", failed.Message, StringComparison.Ordinal);
        Assert.Equal(attempts, _issuer.Requests.Count);
    }

    [Fact]
    public void Without_timeouts_of_its_own_a_login_does_not_wait_for_ever()
    {
        _issuer.Answer = _ => null;
        var beginning = Begin(Login(Credentials, settings => settings with { RetryBackoffMaxMs = 0 }));
        _time.AdvanceMs(19_999);
        Assert.False(beginning.IsCompleted);
        _time.AdvanceMs(1);
        Assert.Contains(
            "there was no answer within 20000 ms", Assert.Throws<SaslFailedException>(() => _time.Await(beginning)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_can_hold_the_token()
    {
        Write("/token", Token() + "\n");
        var login = Login("", settings => settings with { Url = "file:/token" });
        var first = First(login);
        Write("/token", Token());
        Assert.Equal(first, First(login));
        _time.Advance(TimeSpan.FromSeconds(3300));
        Assert.NotEqual(first, First(login));
        Assert.Empty(_issuer.Requests);
    }

    [Theory]
    [InlineData(3600, 0.0, 2880)]
    [InlineData(3600, 1.0, 3060)]
    [InlineData(1000, 0.0, 700)]
    [InlineData(400, 0.0, 100)]
    [InlineData(300, 0.0, 240)]
    public void A_token_is_replaced_when_Kafka_would(int lifeSeconds, double chance, int expectedSeconds) =>
        Assert.Equal(
            expectedSeconds * 1000L, new TokenEndpointSettings().RefreshAtMs(0, 0, lifeSeconds * 1000L, chance));

    private ISaslLogin Login(string options, Func<TokenEndpointSettings, TokenEndpointSettings>? change = null)
    {
        var settings = new TokenEndpointSettings { Url = "http://idp/token" };
        return LoginModules.LoginBy(
            "OAUTHBEARER",
            JaasParser.ParseValue($"{Module}{options};"),
            new LoginSurroundings(new SeededRandomSource(3), _time, _files, _http) { TokenEndpoint = change?.Invoke(settings) ?? settings });
    }

    private Task<ISaslClient> Begin(ISaslLogin login) => _http.Loop.InvokeAsync(() => login.BeginAsync("h").AsTask());

    private string First(ISaslLogin login) => Encoding.UTF8.GetString(_time.Await(Begin(login)).FirstToken());

    private string Granted() => TestIssuer.Document($$"""{"access_token":"{{Token()}}","token_type":"Bearer","expires_in":3600}""");

    private string Token()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var claims = $$"""{"sub":"alice","jti":"{{++_made}}","iat":{{now}},"exp":{{now + 3600}}}""";
        return $"{Base64Url.EncodeToString("""{"alg":"RS256"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln";
    }

    private void Write(string path, string text)
    {
        using var file = _files.Open(path, FileOpenMode.Truncate);
        file.Write(Encoding.UTF8.GetBytes(text), 0);
    }
}
