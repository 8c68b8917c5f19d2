using System.Text;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>What is sent before authentication and is no step towards it. Stateless.</summary>
internal static class WrongFrames
{
    private const string Closed = "closed";
    private const string Offered = "33 PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER,GSSAPI closed";
    private const string NotEnabled = "the client asks for a mechanism that is not enabled";

    public static IEnumerable<WrongWay> All =>
    [
        Sasl("silence", c => c.Wait(30_000), Closed, "the client was not authenticated within 30 s"),
        Sasl("a handshake and then silence", c => c.Handshake("PLAIN").Wait(30_000), "0 handshake closed", "not authenticated within 30 s"),
        Sasl("ApiVersions and then silence", c => c.Versions().Wait(30_000), "0 versions closed", "not authenticated within 30 s"),
        Sasl("half a frame and then silence", c => c.Raw(0, 0, 0, 40, 0, 17).Wait(30_000), Closed, "not authenticated within 30 s"),
        Sasl("a byte a second", c => Trickle(c, 31), Closed, "not authenticated within 30 s"),
        Sasl("a frame of no bytes", c => c.Raw(0, 0, 0, 0), Closed, "a request of 0 bytes before authentication"),
        Sasl("a frame of less than no bytes", c => c.Raw(0xFF, 0xFF, 0xFF, 0xFF), Closed, "-1"),
        Sasl("a frame longer than 512 KiB", c => c.Raw(0, 8, 0, 1), Closed, "524289"),
        Sasl("a frame of 2 GiB", c => c.Raw(0x7F, 0xFF, 0xFF, 0xFF), Closed, "2147483647"),
        Sasl("a frame too short for a header", c => c.Frame(0, 17, 0, 1, 0, 0, 0), Closed, "a request of 7 bytes before authentication"),
        Sasl("Metadata", c => c.Ask(new MetadataRequest(), 9), Closed, "a request of api key 3 before authentication"),
        Sasl("Produce", c => c.Ask(new ProduceRequest { TopicData = [] }, 9), Closed, "a request of api key 0 before authentication"),
        Sasl("LeaderAndIsr", c => c.Frame(0, 4, 0, 2, 0, 0, 0, 1, 0xFF, 0xFF), Closed, "a request of api key 4 before authentication"),
        Sasl("an api that does not exist", c => c.Frame(0x27, 0x0F, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF), Closed, "api key 9999 before"),
        Sasl("an api below all", c => c.Frame(0xFF, 0xFF, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF), Closed, "api key -1 before"),
        Sasl("HTTP", c => c.Raw(Ascii("GET / HTTP/1.1\r\nHost: broker\r\n\r\n")), Closed, "the client speaks HTTP"),
        Sasl("TLS to a plaintext listener", c => c.Raw(0x16, 3, 1, 2, 0, 1, 0, 1), Closed, "the client speaks TLS; this listener is plaintext"),
        Sasl("SSH", c => c.Raw(Ascii("SSH-2.0-OpenSSH_9.9\r\n")), Closed, "the client speaks SSH"),
        Sasl("a word of ZooKeeper", c => c.Raw(Ascii("ruok")), Closed, "the client speaks to a ZooKeeper"),
        Sasl("noise", c => c.Raw(0xDE, 0xAD, 0xBE, 0xEF), Closed, "-559038737"),
        Sasl("ApiVersions twice", c => c.Versions().Versions(), "0 versions closed", "a second ApiVersions request"),
        Sasl(
            "ApiVersions amid the exchange", c => c.Handshake("PLAIN").Versions(), "34 versions closed",
            "an ApiVersions request during authentication"),
        Sasl("ApiVersions with a count that lies", c => c.Frame(0, 18, 0, 3, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F), Closed, "Failed authentication"),
        Sasl("SaslHandshake of a version to come", c => c.Frame(0, 17, 0, 2, 0, 0, 0, 1, 0xFF, 0xFF, 0, 5, 80, 76, 65, 73, 78), Closed, "version 2 of SaslHandshake is not served"),
        Sasl("SaslAuthenticate of a version to come", c => c.Handshake("PLAIN").Frame(0, 36, 0, 3, 0, 0, 0, 2, 0xFF, 0xFF, 0, 1, 0), "0 handshake closed", "version 3 of SaslAuthenticate is not served"),
        Sasl("SaslHandshake that is cut off", c => c.Frame(0, 17, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 0, 5, 80, 76), Closed, "Failed authentication"),
        Sasl("SaslHandshake without a mechanism", c => c.Frame(0, 17, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF), Closed, "Failed authentication"),
        Sasl("a client id longer than its frame", c => c.Frame(0, 17, 0, 1, 0, 0, 0, 1, 0x7F, 0xFF), Closed, "Failed authentication"),
        Sasl("a token longer than its frame", c => c.Handshake("PLAIN").Frame(0, 36, 0, 1, 0, 0, 0, 2, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF), "0 handshake closed", "Failed authentication"),
        Sasl("a token of less than no bytes", c => c.Handshake("PLAIN").Frame(0, 36, 0, 1, 0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE), "0 handshake closed", "Failed authentication"),
        Sasl("a tagged field that lies", c => c.Handshake("PLAIN").Frame(0, 36, 0, 2, 0, 0, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F), "0 handshake closed", "Failed authentication"),
        Sasl("SaslAuthenticate before the handshake", c => c.Authenticate("\0alice\0s3cret"), Closed, "a SaslAuthenticate request without a handshake"),
        Sasl(
            "SaslAuthenticate behind ApiVersions alone", c => c.Versions().Authenticate("\0alice\0s3cret"), "0 versions closed",
            "a SaslAuthenticate request without a handshake"),
        Sasl("a second handshake", c => c.Handshake("PLAIN").Handshake("PLAIN"), "34 handshake closed", "a second handshake before the first"),
        Sasl("a second handshake for another mechanism", c => c.Handshake("SCRAM-SHA-256").Handshake("PLAIN"), "34 handshake closed", "a second handshake before the first"),
        Sasl("a mechanism there is none of", c => c.Handshake("FOO"), Offered, NotEnabled),
        Sasl("a mechanism that asks for no secret", c => c.Handshake("ANONYMOUS"), Offered, NotEnabled),
        Sasl("a mechanism in small letters", c => c.Handshake("plain"), Offered, NotEnabled),
        Sasl("a mechanism with a blank", c => c.Handshake("PLAIN "), Offered, NotEnabled),
        Sasl("a mechanism without a name", c => c.Handshake(""), Offered, NotEnabled),
        Sasl("a mechanism there is none of, by handshake 0", c => c.Handshake("EXTERNAL", version: 0), Offered, NotEnabled),
        Sasl("a bare token behind handshake 1", c => c.Handshake("PLAIN").Frame(Ascii("\0alice\0s3cret")), "0 handshake closed", "before authentication"),
        Sasl("a wrong bare token", c => c.Handshake("PLAIN", version: 0).Authenticate("\0alice\0wrong"), "0 handshake closed", "PLAIN: there is no such user, or the password is wrong"),
        Sasl(
            "a SaslAuthenticate where a bare token is due",
            c => c.Handshake("PLAIN", version: 0).Frame([0, 36, 0, 1, 0, 0, 0, 2, 0xFF, 0xFF, 0, 0, 0, 13, .. Ascii("\0alice\0s3cret")]),
            "0 handshake closed", "Invalid SASL/PLAIN response: expected 3 tokens"),
        Sasl("a second chance in the same piece", SendTwice, "58 Authentication failed: Invalid username or password closed", "PLAIN: there is no such user"),
        new(
            "plaintext to a listener of TLS", WrongWaysBroker.OnSaslSsl, (_, c) => c.Handshake("PLAIN"),
            "1503030002020a closed", "plaintext came where a TLS handshake was expected"),
    ];

    private static WrongWay Sasl(string name, Action<Stranger> act, string expected, string reason) =>
        new(name, WrongWaysBroker.OnSasl, (_, stranger) => act(stranger), expected, reason);

    private static void Trickle(Stranger stranger, int seconds)
    {
        stranger.Raw(0, 0, 4, 0);
        for (var i = 0; i < seconds; i++)
        {
            stranger.Raw(0).Wait(1000);
        }
    }

    private static void SendTwice(Stranger stranger) =>
        stranger.Handshake("PLAIN").Authenticate("\0alice\0wrong").Authenticate("\0alice\0s3cret");

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
