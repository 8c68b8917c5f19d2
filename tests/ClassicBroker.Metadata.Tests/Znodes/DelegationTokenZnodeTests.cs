using System.Text;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Znodes;

/// <summary>Tokens as Kafka 3.9.2 was recorded to write them, and the older forms it reads.</summary>
public sealed class DelegationTokenZnodeTests
{
    private const string Recorded =
        """{"issueTimestamp":1795902734427,"renewers":["User%3Acarol"],"tokenRequester":"User%3Auta","tokenId":"DvIwAgKsTNizESSxKOEgnA",""" +
        """
        "owner":"User%3Abob","expiryTimestamp":1795989134427,"maxTimestamp":1796507534427,"version":3}
        """;

    private static readonly StoredToken Token = new(
        "DvIwAgKsTNizESSxKOEgnA", "User:bob", "User:uta", ["User:carol"], 1795902734427, 1795989134427, 1796507534427);

    [Fact]
    public void A_token_is_written_and_read_as_Kafka_does()
    {
        Assert.Equal(Recorded, Encoding.UTF8.GetString(DelegationTokenZnode.Encode(Token)));
        var read = DelegationTokenZnode.Decode(Token.Id, Encoding.UTF8.GetBytes(Recorded));
        Assert.Equal(Token, read with { Renewers = Token.Renewers });
        Assert.Equal(Token.Renewers, read.Renewers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_owner_asked_for_a_token_of_a_version_that_does_not_say_who_did(int version)
    {
        var text = Recorded.Replace("\"tokenRequester\":\"User%3Auta\",", "").Replace("\"version\":3", $"\"version\":{version}");
        Assert.Equal("User:bob", DelegationTokenZnode.Decode(Token.Id, Encoding.UTF8.GetBytes(text)).Requester);
    }

    [Theory]
    [InlineData("\"version\":3", "\"version\":4")]
    [InlineData("\"version\":3", "\"version\":0")]
    [InlineData("User%3Abob", "bob")]
    [InlineData("User%3Abob", "User%3")]
    [InlineData("\"tokenRequester\":\"User%3Auta\",", "")]
    [InlineData("DvIwAgKsTNizESSxKOEgnA", "another")]
    [InlineData("1795989134427", "\"soon\"")]
    public void What_is_no_token_of_that_id_is_refused(string what, string by) =>
        Assert.Throws<MalformedDataException>(
            () => DelegationTokenZnode.Decode(Token.Id, Encoding.UTF8.GetBytes(Recorded.Replace(what, by))));

    [Fact]
    public void A_notice_is_the_id_of_the_token()
    {
        var (prefix, data) = DelegationTokenZnode.Change(Token.Id);
        Assert.Equal("/delegation_token/token_changes/token_change_", prefix);
        Assert.Equal(Token.Id, DelegationTokenZnode.DecodeChange("token_change_0000000001", data));
        Assert.Throws<MalformedDataException>(() => DelegationTokenZnode.DecodeChange("token_change_0000000001", "../x"u8.ToArray()));
    }
}
