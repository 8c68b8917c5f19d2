using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>TLS that does not come about, certificates that are no proof, and plaintext where TLS is due. Stateless.</summary>
internal static class WrongCertificates
{
    private const string Unexpected = "1503030002020a closed";
    private const string Handshake = "TLS handshake failed: ";
    /// <summary>The platform's TLS refuses a certificate without an alert: the client sees that it was left.</summary>
    private const string Left = Handshake + "the peer closed the connection when it had seen this side's part of the handshake; does it require a "
        + "client certificate, or not trust the one in ssl.keystore.location? closed";

    private const string NotTrusted = "leads to no authority that is trusted here";
    private const string NotValid = "has expired or is not valid yet";

    public static IEnumerable<WrongWay> All =>
    [
        Certificate("none", _ => null, Left, "the peer showed no certificate"),
        Certificate("of a foreign authority", b => b.ForeignCertificate(), Left, NotTrusted),
        Certificate("that vouches for itself", _ => WrongWaysBroker.OwnCertificate(Days(-1), Days(1)), Left, NotTrusted),
        Certificate("that has expired", b => b.DatedCertificate(Days(-0.5), Days(-0.1)), Left, NotValid),
        Certificate("whose time has not come", b => b.DatedCertificate(Days(0.1), Days(0.5)), Left, NotValid),
        new(
            "certificate: one that no rule names", WrongWaysBroker.WithCertificate(b => b.NamelessCertificate()),
            (_, c) => c.Ask(new MetadataRequest(), 9), Left, "no rule of ssl.principal.mapping.rules applies to the client's certificate"),
        Tls("the client trusts another authority", WrongWaysBroker.ByDistrustingTls, Handshake + "the peer's certificate CN=broker, issued by CN=Authority, leads to no authority that is trusted here closed", ""),
        Tls("the client wants another host", WrongWaysBroker.ByTlsToAnotherHost, Handshake + "the peer's certificate is for broker.example and not for other.example, the host name connected to closed", ""),
        Raw("Kafka in plaintext", c => c.Versions(), Unexpected, "plaintext came where a TLS handshake was expected"),
        Raw("HTTP", c => c.Raw(Ascii("GET / HTTP/1.1\r\n\r\n")), Unexpected, "HTTP came where a TLS handshake was expected"),
        Raw("noise", c => c.Raw(0xDE, 0xAD, 0xBE, 0xEF), Unexpected, "plaintext came where a TLS handshake was expected"),
        Raw("a fatal alert at once", c => c.Raw(0x15, 3, 3, 0, 2, 2, 40), Unexpected, "Failed authentication"),
        Raw("a record that is no hello", c => c.Raw([0x16, 3, 3, 0, 16, .. new byte[16]]), Unexpected, "Failed authentication"),
        Raw("a record of a length that no TLS has", c => c.Raw(0x16, 3, 3, 0xFF, 0xFF, 1).Wait(30_000), "closed", "it took longer than 30000 ms"),
        Raw("a hello of TLS 1.0", c => c.Raw(Hello(1)), "15030100020246 closed", "the two sides have no version of TLS in common"),
        Raw("a hello of TLS 1.1", c => c.Raw(Hello(2)), "15030200020246 closed", "the two sides have no version of TLS in common"),
        Raw("half a hello and then silence", c => c.Raw(0x16, 3, 1, 2, 0, 1).Wait(30_000), "closed", "it took longer than 30000 ms"),
        Raw("half a hello and then the end", c => c.Raw(0x16, 3, 1, 2, 0, 1).Leave(), "closed", "the client closed the connection during the handshake"),
        Secure("a record that was changed on its way", c => c.Tampered(1, 2, 3), Left, "was reset: "),
        Secure("plaintext behind the handshake", c => c.Beneath(0, 0, 0, 8, 0, 18, 0, 0, 0, 0, 0, 1), Left, "was reset: "),
        Secure("a wrong password", c => c.Handshake("PLAIN").Authenticate("\0alice\0wrong"), "58 Authentication failed: Invalid username or password closed", "PLAIN: there is no such user"),
        Secure("a request before authentication", c => c.Ask(new MetadataRequest(), 9), Left, "a request of api key 3 before authentication"),
        Secure("silence behind the handshake", c => c.Wait(30_000), Left, "the client was not authenticated within 30 s"),
    ];

    private static WrongWay Certificate(string name, Func<WrongWaysBroker, X509Certificate2?> certificate, string expected, string reason) =>
        new("certificate: " + name, WrongWaysBroker.WithCertificate(certificate), (_, c) => c.Versions(), expected, reason);

    private static WrongWay Tls(string name, Func<WrongWaysBroker, Stranger> connect, string expected, string reason) =>
        new("TLS: " + name, connect, (_, _) => { }, expected, reason);

    private static WrongWay Raw(string name, Action<Stranger> act, string expected, string reason) =>
        new("TLS: " + name, WrongWaysBroker.OnSsl, (_, c) => act(c), expected, reason);

    private static WrongWay Secure(string name, Action<Stranger> act, string expected, string reason) =>
        new("within TLS: " + name, WrongWaysBroker.ByTls, (_, c) => act(c), expected, reason);

    /// <summary>A hello that offers one old version and one cipher suite.</summary>
    private static byte[] Hello(byte minor)
    {
        byte[] body = [3, minor, .. new byte[32], 0, 0, 2, 0, 0x2F, 1, 0];
        byte[] message = [1, 0, 0, (byte)body.Length, .. body];
        return [0x16, 3, minor, 0, (byte)message.Length, .. message];
    }

    private static TimeSpan Days(double days) => TimeSpan.FromDays(days);

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
