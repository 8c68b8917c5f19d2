using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>What is wrong on a connection that was let in: its session of a minute renewed by someone or something else, or not. Stateless.</summary>
internal static class WrongSessions
{
    public static IEnumerable<WrongWay> All =>
    [
        Session(
            "as another user", c => c.Handshake("PLAIN").Authenticate("\0bob\0b"),
            "58 Cannot change principals during re-authentication from User.alice: User.bob closed", "Cannot change principals"),
        Session(
            "with a wrong password", c => c.Handshake("PLAIN").Authenticate("\0alice\0wrong"),
            "58 Authentication failed: Invalid username or password closed", "PLAIN: there is no such user, or the password is wrong"),
        Session(
            "by another mechanism", c => c.Handshake("SCRAM-SHA-256").Authenticate("n,,n=alice,r=x"), "0 handshake closed",
            "re-authentication by SCRAM-SHA-256 of a session begun by PLAIN"),
        Session("by a mechanism there is none of", c => c.Handshake("FOO"), "token closed", "re-authentication by a mechanism that is not enabled"),
        Session("and then silence", c => c.Handshake("PLAIN").Wait(30_000), "0 handshake closed", "not authenticated within 30 s"),
        Session(
            "with a request between", c => c.Handshake("PLAIN").Ask(new MetadataRequest(), 9), "0 handshake closed",
            "a request of api key 3 before authentication"),
        Session("with ApiVersions between", c => c.Handshake("PLAIN").Versions(), "34 versions closed", "an ApiVersions request during authentication"),
        Session("with two handshakes", c => c.Handshake("PLAIN").Handshake("PLAIN"), "34 handshake closed", "a second handshake before the first"),
        Session(
            "that comes late, as another user", c => c.Wait(61_000).Handshake("PLAIN").Authenticate("\0bob\0b"),
            "58 Cannot change principals during re-authentication from User.alice: User.bob closed", "Cannot change principals"),
        Expired("Metadata", c => c.Ask(new MetadataRequest(), 9)),
        Expired("ApiVersions", c => c.Versions()),
        Expired("SaslAuthenticate without a handshake", c => c.Authenticate("\0alice\0s3cret")),
        Expired("an api that does not exist", c => c.Frame(0x27, 0x0F, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF)),
    ];

    private static WrongWay Session(string name, Action<Stranger> act, string expected, string reason) =>
        new("re-authentication " + name, WrongWaysBroker.OnSasl, (_, c) => act(LoggedIn(c)), expected, reason);

    private static WrongWay Expired(string name, Action<Stranger> act) =>
        new(
            "behind the end of the session: " + name, WrongWaysBroker.OnSasl, (_, c) => act(LoggedIn(c).Wait(61_000)), "token closed",
            "Disconnecting expired channel");

    private static Stranger LoggedIn(Stranger stranger) => stranger.Handshake("PLAIN").Authenticate("\0alice\0s3cret");
}
