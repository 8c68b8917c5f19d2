using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Rpc.Tests.Sasl.OAuth;

/// <summary>Keys that an issuer publishes and changes, and tokens signed with them.</summary>
public sealed class JwksEndpointTests : IDisposable
{
    private const int RefreshMs = 60_000;
    private const int BackoffMaxMs = 10_000;

    private readonly ManualTime _time = new();
    private readonly RecordingLoggers _log = new();
    private readonly RSA _first = RSA.Create(2048);
    private readonly RSA _second = RSA.Create(2048);
    private readonly TestIssuer _issuer;
    private readonly JwksEndpoint _endpoint;
    private readonly JwksTokenValidator _validator;
    private readonly List<(string Id, RSA Key)> _published = [];

    public JwksEndpointTests()
    {
        var network = new InMemoryNetwork(_time, new SeededRandomSource(1));
        _issuer = TestIssuer.Listen(_time, network.AddHost("idp", _time.CreateLoop("idp")), 80);
        _issuer.Answer = _ => TestIssuer.Document(Jwks());
        var loop = _time.CreateLoop("broker");
        _endpoint = OAuthValidators.Endpoint(
            new JwksEndpointSettings
            {
                Address = HttpAddress.Parse("http://idp/keys"),
                RefreshMs = RefreshMs,
                RetryBackoffMaxMs = BackoffMaxMs,
            },
            new Dictionary<string, string>(),
            new SimulatedFileSystem(_time, new SeededRandomSource(2)),
            new HttpRequester(network.AddHost("broker", loop), loop),
            _log);
        _validator = new JwksTokenValidator(_endpoint, _time);
        _published.Add(("one", _first));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Before_the_first_answer_no_token_is_believed()
    {
        Assert.False(IsBelieved("one", _first));
        Start();
        Assert.True(IsBelieved("one", _first));
        Assert.False(IsBelieved("one", _second));
    }

    [Theory]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "the answer has status 500")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n", "the answer has status 302")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "the answer is no JWKS: it has no list of keys")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnonsense", "the answer is no JWKS")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n", "the answer is longer than 524288 bytes")]
    public void Without_a_first_answer_there_is_no_start(string answer, string reason)
    {
        _issuer.Answer = _ => answer;
        var starting = _endpoint.StartAsync();
        _time.Advance(TimeSpan.FromMilliseconds(BackoffMaxMs + 1));
        var refused = Assert.Throws<JaasException>(() => _time.Await(starting));
        Assert.StartsWith(
            "The OAuth validator configuration encountered an error when initializing the VerificationKeyResolver: "
            + $"http://idp/keys gives no keys: {reason}",
            refused.Message,
            StringComparison.Ordinal);
        Assert.True(_issuer.Requests.Count > 3, "It was asked again.");
        Assert.False(IsBelieved("one", _first));
    }

    [Fact]
    public void A_first_answer_that_comes_late_is_waited_for()
    {
        _issuer.Answer = _ => _issuer.Requests.Count < 4 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : TestIssuer.Document(Jwks());
        var starting = _endpoint.StartAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100 + 200 + 400));
        _time.Await(starting);
        Assert.True(IsBelieved("one", _first));
    }

    [Fact]
    public void Keys_are_asked_for_again_and_old_ones_go()
    {
        Start();
        _published[0] = ("two", _second);
        _time.AdvanceMs(RefreshMs - 1);
        Assert.True(IsBelieved("one", _first));
        _time.AdvanceMs(1);
        Assert.False(IsBelieved("one", _first));
        Assert.True(IsBelieved("two", _second));
        Assert.Equal(2, _issuer.Requests.Count);
    }

    [Fact]
    public void The_last_keys_stay_good_while_the_issuer_is_away()
    {
        Start();
        _issuer.Answer = _ => "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        _time.AdvanceMs(RefreshMs + BackoffMaxMs);
        Assert.True(IsBelieved("one", _first));
        Assert.Contains(
            _log.Lines,
            line => line.Contains("OAuth JWKS refresh of http://idp/keys encountered an error; not updating local JWKS cache", StringComparison.Ordinal));
        _issuer.Answer = _ => TestIssuer.Document(Jwks());
        _published[0] = ("two", _second);
        _time.AdvanceMs(RefreshMs);
        Assert.True(IsBelieved("two", _second));
    }

    [Fact]
    public void A_token_that_names_an_unknown_key_is_refused_and_has_the_keys_asked_for()
    {
        Start();
        _published.Add(("two", _second));
        Assert.False(IsBelieved("two", _second));
        _time.RunUntilIdle();
        Assert.Equal(2, _issuer.Requests.Count);
        Assert.True(IsBelieved("two", _second));
        Assert.True(IsBelieved("one", _first));
    }

    [Fact]
    public void Strangers_do_not_have_the_issuer_asked_without_pause()
    {
        Start();
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(IsBelieved($"guess-{i}", _first));
            _time.AdvanceMs(1);
        }

        // One at once, and one when the pause is over.
        Assert.Equal(2, _issuer.Requests.Count);
        _time.AdvanceMs(BackoffMaxMs);
        Assert.Equal(3, _issuer.Requests.Count);
    }

    [Fact]
    public void The_same_unknown_key_is_looked_for_once_a_minute()
    {
        Start();
        Assert.False(IsBelieved("nope", _first));
        _time.RunUntilIdle();
        _time.AdvanceMs(BackoffMaxMs);
        Assert.False(IsBelieved("nope", _first));
        Assert.False(IsBelieved(new string('k', 1001), _first));
        _time.RunUntilIdle();
        Assert.Equal(2, _issuer.Requests.Count);
        _time.AdvanceMs(RefreshMs);
        Assert.Equal(3, _issuer.Requests.Count);
        Assert.False(IsBelieved("nope", _first));
        _time.RunUntilIdle();
        Assert.Equal(4, _issuer.Requests.Count);
    }

    [Fact]
    public void An_endpoint_that_is_not_wanted_any_more_is_not_asked()
    {
        Start();
        _endpoint.Stop();
        Assert.False(IsBelieved("two", _second));
        _time.AdvanceMs(10 * RefreshMs);
        Assert.Single(_issuer.Requests);
    }

    [Fact]
    public void A_running_broker_takes_an_endpoint_without_waiting_for_it()
    {
        _issuer.Answer = _ => "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
        _endpoint.Start();
        _time.AdvanceMs(BackoffMaxMs);
        Assert.False(IsBelieved("one", _first));
        _issuer.Answer = _ => TestIssuer.Document(Jwks());
        _time.AdvanceMs(RefreshMs);
        Assert.True(IsBelieved("one", _first));
    }

    private void Start() => _time.Await(_endpoint.StartAsync());

    private string Jwks() => JsonSerializer.Serialize(new
    {
        keys = _published.Select(entry => (entry.Id, Parameters: entry.Key.ExportParameters(false))).Select(entry => new
        {
            kty = "RSA",
            kid = entry.Id,
            n = Base64Url.EncodeToString(entry.Parameters.Modulus),
            e = Base64Url.EncodeToString(entry.Parameters.Exponent),
        }),
    });

    private bool IsBelieved(string keyId, RSA key)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var signed = Part($$"""{"alg":"RS256","kid":"{{keyId}}"}""") + "." + Part($$"""{"sub":"alice","iat":{{now}},"exp":{{now + 600}}}""");
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        try
        {
            return _validator.Validate($"{signed}.{Base64Url.EncodeToString(signature)}").Principal.Name == "alice";
        }
        catch (TokenRefusedException)
        {
            return false;
        }
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
