using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Security;

/// <summary>
/// The names in a listener's certificate, which stay when it is renewed: clients know the broker by them, and brokers it by its principal.
/// Stateless.
/// </summary>
internal static class CertificateNames
{
    private const int MailTag = 1;
    private const int DnsTag = 2;
    private const int UriTag = 6;
    private const int AddressTag = 7;
    private const byte TagMask = 0x1F;

    /// <exception cref="ConfigException">The new certificate is of another name, or lacks one, and that is not allowed.</exception>
    public static void RequireSame(TlsContext before, TlsContext now, ConfigValues values)
    {
        if (before.Certificate is not { } old || now.Certificate is not { } fresh)
        {
            return;
        }

        if (!values.Bool("ssl.allow.dn.changes") && !string.Equals(old.Subject, fresh.Subject, StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal(
                $"Keystore DistinguishedName does not match:  existing={{alias={before.CertificateAlias}, DN={old.Subject}}}, "
                + $"new={{alias={now.CertificateAlias}, DN={fresh.Subject}}}");
        }

        var (oldNames, freshNames) = (AlternativeNames(old), AlternativeNames(fresh));
        if (!values.Bool("ssl.allow.san.changes") && oldNames.Except(freshNames).Any())
        {
            throw Refusal(
                $"Keystore SubjectAltNames do not match:  existing={{alias={before.CertificateAlias}, SAN=[{string.Join(", ", oldNames)}]}}, "
                + $"new={{alias={now.CertificateAlias}, SAN=[{string.Join(", ", freshNames)}]}}");
        }
    }

    // The words around the sentence are Kafka's, and clients have learnt to look for them.
    private static ConfigException Refusal(string sentence) =>
        new(
            "Invalid dynamic configuration",
            "org.apache.kafka.common.config.ConfigException: Validation of dynamic config update of SSLFactory failed: "
            + $"org.apache.kafka.common.config.ConfigException: {sentence}",
            reason: null);

    /// <summary>Each as Java writes it: the number of its kind, and the name.</summary>
    private static List<string> AlternativeNames(X509Certificate2 certificate)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            try
            {
                for (var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence(); reader.HasData;)
                {
                    names.Add(NameOf(reader));
                }
            }
            catch (AsnContentException)
            {
                names.Add($"[{Convert.ToHexStringLower(extension.RawData)}]");
            }
        }

        return names;
    }

    private static string NameOf(AsnReader reader)
    {
        var tag = reader.PeekTag();
        var kind = tag.TagValue & TagMask;
        if (kind is not (MailTag or DnsTag or UriTag or AddressTag) || tag.IsConstructed)
        {
            return $"[{kind}, {Convert.ToHexStringLower(reader.ReadEncodedValue().Span)}]";
        }

        var content = reader.ReadOctetString(tag);
        return kind != AddressTag ? $"[{kind}, {Encoding.ASCII.GetString(content)}]"
            : content.Length is 4 or 16 ? $"[{kind}, {new IPAddress(content)}]"
            : $"[{kind}, {Convert.ToHexStringLower(content)}]";
    }
}
