using ClassicBroker.Rpc.Tests.Sasl;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>
/// More than a hundred ways in that are none, each of another kind: a clean refusal on the wire, the reason in the broker's log, and no secret
/// in it.
/// </summary>
public sealed class WrongWaysTests(WrongWaysBroker broker) : IClassFixture<WrongWaysBroker>
{
    private const int WaysMin = 100;

    private static readonly WrongWay[] Ways =
        [.. WrongFrames.All, .. WrongPasswords.All, .. WrongTokens.All, .. WrongSessions.All, .. WrongCertificates.All];

    public static TheoryData<string> Names => [.. Ways.Select(way => way.Name)];

    [Fact]
    public void There_are_more_than_a_hundred_and_no_two_are_the_same()
    {
        Assert.InRange(Ways.Length, WaysMin, int.MaxValue);
        Assert.Equal(Ways.Length, Ways.Select(way => way.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrong_way_is_refused_and_told(string name)
    {
        var way = Ways.Single(way => way.Name == name);
        broker.Rest();
        var before = broker.Log.Count;
        var stranger = way.Connect(broker);
        way.Do(broker, stranger);
        var outcome = stranger.Outcome();
        var told = string.Join('\n', broker.Log.Skip(before));
        Assert.Equal(way.Expected, outcome);
        Assert.Contains(way.Reason, told, StringComparison.Ordinal);
        Assert.DoesNotContain(WrongWaysBroker.Password, told, StringComparison.Ordinal);
    }

    [Fact]
    public void The_right_ways_lead_in()
    {
        Assert.Equal("token open", WrongWaysBroker.OnSasl(broker).Handshake("PLAIN").Authenticate("\0alice\0s3cret").Outcome());
        Assert.Equal("token open", WrongWaysBroker.ByTls(broker).Handshake("PLAIN").Authenticate("\0alice\0s3cret").Outcome());
        Assert.Equal("token open", LogIn(WrongWaysBroker.Sha256, "alice", WrongWaysBroker.Password));
        Assert.Equal("token open", LogIn(WrongWaysBroker.Sha512, "bob", WrongWaysBroker.Password));
        Assert.Equal("token open", LogIn(WrongWaysBroker.Sha256, broker.Token.Id, broker.Token.Hmac, isToken: true));
        Assert.Equal("token open", WrongWaysBroker.OnSasl(broker).Handshake("OAUTHBEARER").Authenticate(broker.Bearer()).Outcome());
        Assert.Equal(
            "token open",
            WrongWaysBroker.OnSasl(broker).Handshake("GSSAPI").Authenticate("alice@EXAMPLE.COM>kafka/h").Authenticate("")
                .Authenticate("wrapped:\u0001\0\0\0").Outcome());
        Assert.Equal("0 versions open", WrongWaysBroker.WithCertificate(b => b.GoodCertificate())(broker).Versions().Outcome());
        Assert.Equal(
            "0 versions open", WrongWaysBroker.OnSasl(broker).Handshake("PLAIN").Authenticate("\0alice\0s3cret").Wait(61_000)
                .Handshake("PLAIN").Authenticate("\0alice\0s3cret").Versions().Outcome());

        string LogIn(string mechanism, string user, string password, bool isToken = false) =>
            WrongWaysBroker.OnSasl(broker).LogIn(broker.Login(mechanism, user, password, isToken), mechanism).Outcome();
    }
}
