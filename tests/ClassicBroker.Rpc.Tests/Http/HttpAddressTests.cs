using ClassicBroker.Rpc.Http;

namespace ClassicBroker.Rpc.Tests.Http;

/// <summary>Where URLs point.</summary>
public sealed class HttpAddressTests
{
    [Theory]
    [InlineData("https://idp.example/oauth/keys?v=1", true, "idp.example", 443, "/oauth/keys?v=1", "idp.example")]
    [InlineData("http://localhost:8080", false, "localhost", 8080, "/", "localhost:8080")]
    [InlineData("https://[::1]:8443/k", true, "::1", 8443, "/k", "[::1]:8443")]
    [InlineData("HTTPS://Idp.Example:443/A%20b#fragment", true, "idp.example", 443, "/A%20b", "idp.example")]
    public void A_URL_has_a_host_a_port_and_a_target(string url, bool isTls, string host, int port, string target, string authority)
    {
        var address = HttpAddress.Parse(url);
        Assert.Equal(
            (isTls, host, port, target, authority), (address.IsTls, address.Host, address.Port, address.Target, address.Authority));
    }

    [Theory]
    [InlineData("")]
    [InlineData("idp.example/keys")]
    [InlineData("file:///keys")]
    [InlineData("https://")]
    [InlineData("https://host:99999/")]
    [InlineData("https://user:secret@idp.example/keys")]
    public void What_is_none_is_refused_and_shows_no_password(string url) =>
        Assert.DoesNotContain("secret", Assert.Throws<FormatException>(() => HttpAddress.Parse(url)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_target_never_ends_the_line_it_stands_in() =>
        Assert.DoesNotContain(HttpAddress.Parse("http://h/a\r\nX: y?q= z").Target, letter => char.IsWhiteSpace(letter));
}
