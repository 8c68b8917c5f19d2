using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace ClassicBroker.Transport.Tests.Fuzz;

/// <summary>Stores in PKCS12 without a seal over all of it, which RFC 7292 allows: bytes bent inside them are looked at. Stateless.</summary>
internal static class Pkcs12Sample
{
    private const string Data = "1.2.840.113549.1.7.1";
    private const string KeyBag = "1.2.840.113549.1.12.10.1.1";
    private const string ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const string CertificateBag = "1.2.840.113549.1.12.10.1.3";
    private const string X509 = "1.2.840.113549.1.9.22.1";
    private const string FriendlyName = "1.2.840.113549.1.9.20";

    private static readonly Asn1Tag Content = new(TagClass.ContextSpecific, 0);

    public static byte[] Encode(X509Certificate2 certificate, byte[]? key, bool isShrouded)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(3);
            Wrap(writer, safe =>
            {
                using var all = safe.PushSequence();
                Wrap(safe, bags => WriteBags(bags, certificate, key, isShrouded));
            });
        }

        return writer.Encode();
    }

    private static void WriteBags(AsnWriter bags, X509Certificate2 certificate, byte[]? key, bool isShrouded)
    {
        using var all = bags.PushSequence();
        WriteBag(bags, CertificateBag, () =>
        {
            using var bag = bags.PushSequence();
            bags.WriteObjectIdentifier(X509);
            using var content = bags.PushSequence(Content);
            bags.WriteOctetString(certificate.RawData);
        });
        if (key is not null)
        {
            WriteBag(bags, isShrouded ? ShroudedKeyBag : KeyBag, () => bags.WriteEncodedValue(key));
        }
    }

    private static void WriteBag(AsnWriter bags, string kind, Action write)
    {
        using var bag = bags.PushSequence();
        bags.WriteObjectIdentifier(kind);
        using (bags.PushSequence(Content))
        {
            write();
        }

        using var attributes = bags.PushSetOf();
        using var attribute = bags.PushSequence();
        bags.WriteObjectIdentifier(FriendlyName);
        using var values = bags.PushSetOf();
        bags.WriteCharacterString(UniversalTagNumber.BMPString, "fuzz");
    }

    /// <summary>A ContentInfo whose data is what <paramref name="write"/> writes.</summary>
    private static void Wrap(AsnWriter writer, Action<AsnWriter> write)
    {
        var inner = new AsnWriter(AsnEncodingRules.DER);
        write(inner);
        using var info = writer.PushSequence();
        writer.WriteObjectIdentifier(Data);
        using var content = writer.PushSequence(Content);
        writer.WriteOctetString(inner.Encode());
    }
}
