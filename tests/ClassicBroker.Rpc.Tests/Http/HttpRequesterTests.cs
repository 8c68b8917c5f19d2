using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.Security;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests.Http;

/// <summary>Requests over a network in memory, to a server that the test plays.</summary>
public sealed class HttpRequesterTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly InMemoryNetwork _network;
    private readonly InMemoryTransport _server;
    private readonly HttpRequester _http;
    private readonly TestAuthority _authority = new("Authority");

    public HttpRequesterTests()
    {
        _network = new InMemoryNetwork(_time, new SeededRandomSource(1)) { Splits = true };
        _server = _network.AddHost("idp.example", _time.CreateLoop("server"));
        var loop = _time.CreateLoop("client");
        _http = new HttpRequester(_network.AddHost("client", loop), loop);
    }

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_document_is_asked_for_and_comes()
    {
        var issuer = Listen(80);
        issuer.Answer = _ => TestIssuer.Document("""{"keys":[]}""");
        var answer = _time.Await(_http.SendAsync(Request("http://idp.example/keys?x=1")));
        Assert.Equal((200, """{"keys":[]}"""), (answer.Status, Encoding.UTF8.GetString(answer.Body)));
        Assert.StartsWith("GET /keys?x=1 HTTP/1.1\r\nHost: idp.example\r\n", Assert.Single(issuer.Requests), StringComparison.Ordinal);
        Assert.Equal(0, _network.OpenChannels);
    }

    [Fact]
    public void A_body_goes_along()
    {
        var issuer = Listen(8080);
        issuer.Answer = _ => TestIssuer.WithStatus("201 Created", "{}");
        var request = Request("http://idp.example:8080/token") with { Method = "POST", Body = "a=b"u8.ToArray(), Fields = [("X-A", "1")] };
        Assert.Equal(201, _time.Await(_http.SendAsync(request)).Status);
        var asked = Assert.Single(issuer.Requests);
        Assert.StartsWith("POST /token HTTP/1.1\r\nHost: idp.example:8080\r\n", asked, StringComparison.Ordinal);
        Assert.EndsWith("X-A: 1\r\nContent-Length: 3\r\n\r\na=b", asked, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_that_the_server_keeps_open_is_closed_behind_the_answer()
    {
        var issuer = Listen(80);
        issuer.Closes = false;
        issuer.Answer = _ => TestIssuer.Document("{}");
        Assert.Equal(200, _time.Await(_http.SendAsync(Request("http://idp.example/"))).Status);
        _time.RunUntilIdle();
        Assert.Equal(0, _network.OpenChannels);
    }

    [Fact]
    public void By_https_the_server_proves_who_it_is()
    {
        ListenTls(443, "idp.example").Answer = _ => TestIssuer.Document("{}");
        Assert.Equal(200, _time.Await(_http.SendAsync(Request("https://idp.example/keys", _authority))).Status);
    }

    [Theory]
    [InlineData("another authority", "leads to no authority that is trusted here")]
    [InlineData("another host", "is for evil.example and not for idp.example")]
    [InlineData("plaintext", "20000 ms")]
    public void By_https_no_other_server_is_asked(string about, string reason)
    {
        using var other = new TestAuthority("Other");
        var issuer = about == "plaintext" ? Listen(443) : ListenTls(443, about == "another host" ? "evil.example" : "idp.example");
        issuer.Answer = _ => TestIssuer.Document("{}");
        var request = Request("https://idp.example/keys", about == "another authority" ? other : _authority);
        var asked = _http.SendAsync(request);
        _time.Advance(request.AnswerTimeout);
        Assert.Contains(reason, Assert.Throws<HttpException>(() => _time.Await(asked)).Message, StringComparison.Ordinal);
        Assert.Empty(issuer.Requests);
    }

    [Fact]
    public void A_redirect_is_an_answer_and_is_not_followed()
    {
        var issuer = Listen(80);
        issuer.Answer = _ => "HTTP/1.1 302 Found\r\nLocation: http://idp.example/elsewhere\r\nContent-Length: 0\r\n\r\n";
        Assert.Equal(302, _time.Await(_http.SendAsync(Request("http://idp.example/keys"))).Status);
        Assert.Single(issuer.Requests);
    }

    [Fact]
    public void No_answer_in_time_is_none()
    {
        Listen(80);
        var asked = _http.SendAsync(Request("http://idp.example/keys") with { AnswerTimeout = TimeSpan.FromSeconds(3) });
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("there was no answer within 3000 ms", Assert.Throws<HttpException>(() => _time.Await(asked)).Message);
        _time.RunUntilIdle();
        Assert.Equal(0, _network.OpenChannels);
    }

    [Theory]
    [InlineData("http://idp.example:81/", "could not be established")]
    [InlineData("http://nowhere.example/", "Name or service not known")]
    public void No_server_is_no_answer(string url, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<HttpException>(() => _time.Await(_http.SendAsync(Request(url)))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_answer_that_is_none_ends_the_connection()
    {
        var issuer = Listen(80);
        issuer.Closes = false;
        issuer.Answer = _ => "220 mail.example ESMTP\r\n";
        Assert.Throws<HttpException>(() => _time.Await(_http.SendAsync(Request("http://idp.example/"))));
        _time.RunUntilIdle();
        Assert.Equal(0, _network.OpenChannels);
    }

    private TestIssuer Listen(int port) => TestIssuer.Listen(_time, _server, port);

    private TestIssuer ListenTls(int port, string host)
    {
        using var certificate = _authority.Issue("CN=idp", host);
        var store = KeyStore.Parse(certificate.Export(X509ContentType.Pkcs12, "secret"), "secret", null);
        return TestIssuer.Listen(_time, _server, port, store);
    }

    private HttpRequest Request(string url, TestAuthority? trusted = null) => new()
    {
        Address = HttpAddress.Parse(url),
        Tls = TlsContext.Load(
            TlsSettings.Read(key => key switch
            {
                "ssl.truststore.type" => "PEM",
                "ssl.truststore.certificates" => (trusted ?? _authority).CertificatePem,
                _ => null,
            }),
            new SimulatedFileSystem(_time, new SeededRandomSource(1))),
    };
}
