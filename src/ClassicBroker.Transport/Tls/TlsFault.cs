using System.Text;

namespace ClassicBroker.Transport;

/// <summary>
/// Says in words for people why TLS with a peer did not come about. The platform's exceptions wrap OpenSSL's message, which names the
/// alert a peer sent; the innermost one is the one that tells. Stateless.
/// </summary>
internal static class TlsFault
{
    public const string LeftByServer =
        "the peer closed the connection during the handshake; does the port speak plaintext, or is it ZooKeeper's?";

    public const string LeftByClient =
        "the client closed the connection during the handshake; does it trust the certificate of this listener?";

    public const string LeftUnanswered =
        "the peer closed the connection when it had seen this side's part of the handshake; does it require a client certificate, "
        + "or not trust the one in ssl.keystore.location?";

    private static readonly (string Alert, string Meaning)[] Alerts =
    [
        ("certificate required", "the peer requires a certificate of this side and was shown none"),
        ("unknown ca", "the peer does not trust the authority of the certificate it was shown"),
        ("certificate unknown", "the peer does not accept the certificate it was shown"),
        ("bad certificate", "the peer does not accept the certificate it was shown"),
        ("certificate expired", "the certificate the peer was shown has expired"),
        ("certificate revoked", "the certificate the peer was shown is revoked"),
        ("unsupported certificate", "the peer cannot use the kind of certificate it was shown"),
        ("protocol version", "the two sides have no version of TLS in common"),
        ("unsupported protocol", "the two sides have no version of TLS in common"),
        ("no shared cipher", "the two sides have no cipher suite in common"),
        ("handshake failure", "the two sides have no cipher suite in common, or the peer misses a certificate"),
        ("unexpected message", "the peer does not speak TLS on this port"),
        ("wrong version number", "the peer does not speak TLS on this port"),
    ];

    private static readonly string[] HttpVerbs = ["GET ", "POST", "PUT ", "HEAD", "HTTP", "DELE", "OPTI", "PATC", "CONN"];

    /// <param name="exception">What the platform threw.</param>
    /// <param name="peerFault">Why this side refused the peer, where it did.</param>
    public static string Describe(Exception exception, string? peerFault) =>
        peerFault ?? Alert(exception) ?? exception.GetBaseException().Message;

    /// <summary>The meaning of the alert in an exception; null where there is none known.</summary>
    public static string? Alert(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            var text = Spaced(cause.Message);
            if (Array.Find(Alerts, known => text.Contains(known.Alert, StringComparison.Ordinal)) is { Meaning: { } meaning })
            {
                return meaning;
            }
        }

        return null;
    }

    /// <summary>What came in place of a handshake.</summary>
    public static string Plaintext(ReadOnlySpan<byte> bytes, bool fromServer)
    {
        var start = Encoding.ASCII.GetString(bytes[..Math.Min(4, bytes.Length)]);
        var what = HttpVerbs.Contains(start) ? "HTTP" : "plaintext";
        return fromServer
            ? $"the peer does not speak TLS but {what} on this port"
            : $"the client does not speak TLS: {what} came where a TLS handshake was expected; is it missing security.protocol=SSL?";
    }

    /// <summary>The platform writes alerts in one word, OpenSSL in several: <c>UnknownCA</c>, <c>tlsv1 alert unknown ca</c>.</summary>
    private static string Spaced(string message)
    {
        var text = new StringBuilder(message.Length + 8);
        for (var i = 0; i < message.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(message[i]) && char.IsAsciiLetterLower(message[i - 1]))
            {
                text.Append(' ');
            }

            text.Append(char.ToLowerInvariant(message[i]));
        }

        return text.ToString();
    }
}
