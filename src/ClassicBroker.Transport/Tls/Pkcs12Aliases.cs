using System.Formats.Asn1;

namespace ClassicBroker.Transport;

/// <summary>
/// Finds the names of the private keys in a PKCS12 store, which the platform does not tell (RFC 7292). They stand beside the encrypted
/// keys:
/// <code>
/// PFX          SEQUENCE { version, ContentInfo of AuthenticatedSafe, MAC }
/// safe         SEQUENCE OF ContentInfo, each of SafeContents: plain, or encrypted as a whole
/// SafeContents SEQUENCE OF SEQUENCE { kind, [0] value, SET OF SEQUENCE { attribute, SET OF value } }
/// </code>
/// Stateless.
/// </summary>
internal static class Pkcs12Aliases
{
    private const string PlainData = "1.2.840.113549.1.7.1";
    private const string KeyBag = "1.2.840.113549.1.12.10.1.1";
    private const string ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const string FriendlyName = "1.2.840.113549.1.9.20";

    private static readonly Asn1Tag Content = new(TagClass.ContextSpecific, 0);

    /// <summary>The names in their order; none where the store is written in another way.</summary>
    public static IReadOnlyList<string> Find(ReadOnlyMemory<byte> store)
    {
        List<string> aliases = [];
        try
        {
            var file = new AsnReader(store, AsnEncodingRules.BER).ReadSequence();
            file.ReadInteger();
            if (Plain(file.ReadSequence()) is { } safe)
            {
                var contents = safe.ReadSequence();
                while (contents.HasData)
                {
                    if (Plain(contents.ReadSequence()) is { } bags)
                    {
                        AddNames(bags.ReadSequence(), aliases);
                    }
                }
            }
        }
        catch (AsnContentException)
        {
            // The platform has read the store already: what it could read is usable, with or without names.
            return aliases;
        }

        return aliases;
    }

    /// <summary>What a ContentInfo holds; null where it is encrypted.</summary>
    private static AsnReader? Plain(AsnReader content) =>
        content.ReadObjectIdentifier() == PlainData
            ? new AsnReader(content.ReadSequence(Content).ReadOctetString(), AsnEncodingRules.BER)
            : null;

    private static void AddNames(AsnReader bags, List<string> aliases)
    {
        while (bags.HasData)
        {
            var bag = bags.ReadSequence();
            var isKey = bag.ReadObjectIdentifier() is KeyBag or ShroudedKeyBag;
            bag.ReadEncodedValue();
            var attributes = bag.HasData ? bag.ReadSetOf() : null;
            while (isKey && attributes is { HasData: true })
            {
                var attribute = attributes.ReadSequence();
                var isName = attribute.ReadObjectIdentifier() == FriendlyName;
                var values = attribute.ReadSetOf();
                if (isName)
                {
                    aliases.Add(values.ReadCharacterString(UniversalTagNumber.BMPString));
                }
            }
        }
    }
}
