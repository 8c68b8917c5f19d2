using System.Text;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper.Tests.Sasl;

public sealed class DigestMd5ClientTests
{
    /// <summary>The exchange of RFC 2831, section 4.</summary>
    [Fact]
    public void Exchange_of_the_rfc_gives_its_digests()
    {
        var client = new DigestMd5Client(new SaslCredentials("chris", "secret"), "OA6MHXh6VqTrRk", "imap/elwood.innosoft.com");
        var response = client.Evaluate("realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"u8);

        Assert.Contains("response=d388dad90d4bbd760a152321f2143af7", Encoding.UTF8.GetString(response!), StringComparison.Ordinal);
        Assert.False(client.IsComplete);
        Assert.Null(client.Evaluate("rspauth=ea40f60335c427b5527b84dbabcdfffd"u8));
        Assert.True(client.IsComplete);
    }

    [Theory]
    [InlineData("rspauth=00000000000000000000000000000000")]
    [InlineData("")]
    public void Server_that_does_not_know_the_password_is_not_believed(string proof)
    {
        var client = new DigestMd5Client(new SaslCredentials("chris", "secret"), "OA6MHXh6VqTrRk", "imap/elwood.innosoft.com");
        client.Evaluate("realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\""u8);

        Assert.Throws<SaslException>(() => client.Evaluate(Encoding.UTF8.GetBytes(proof)));
    }

    [Theory]
    [InlineData("realm=\"r\"")]
    [InlineData("nonce=\"n")]
    [InlineData("nonce")]
    [InlineData("nonce=\"n\",qop=\"auth-conf\"")]
    public void Challenge_that_makes_no_sense_is_refused(string challenge)
    {
        var client = new DigestMd5Client(new SaslCredentials("u", "p"), "c", DigestMd5Client.ZooKeeperUri);
        Assert.Throws<SaslException>(() => client.Evaluate(Encoding.UTF8.GetBytes(challenge)));
    }
}
