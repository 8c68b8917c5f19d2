using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Security;

/// <summary>
/// Writes the subject of a certificate as Java does (RFC 2253), since principals and ACLs hold it in that form: last part first, no
/// blanks, short names for nine attributes and numbers with hexadecimal DER for the rest. Stateless.
/// </summary>
internal static class DistinguishedName
{
    private const string Escaped = ",=+<>#;\"\\";

    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["0.9.2342.19200300.100.1.1"] = "UID",
        ["0.9.2342.19200300.100.1.25"] = "DC",
    };

    /// <exception cref="MalformedDataException">It is no name at all.</exception>
    public static string Format(X500DistinguishedName name)
    {
        try
        {
            var parts = new List<string>();
            for (var reader = new AsnReader(name.RawData, AsnEncodingRules.DER).ReadSequence(); reader.HasData;)
            {
                parts.Add(Part(reader.ReadSetOf(skipSortOrderValidation: true)));
            }

            parts.Reverse();
            return string.Join(',', parts);
        }
        catch (Exception malformed) when (malformed is AsnContentException or CryptographicException)
        {
            throw new MalformedDataException($"the subject of a certificate is no distinguished name: {malformed.Message}");
        }
    }

    private static string Part(AsnReader attributes)
    {
        var texts = new List<string>();
        while (attributes.HasData)
        {
            var attribute = attributes.ReadSequence();
            var type = attribute.ReadObjectIdentifier();
            texts.Add(Keywords.TryGetValue(type, out var keyword) && StringOf(attribute) is { } text
                ? $"{keyword}={Escape(text)}"
                : $"{keyword ?? type}=#{Convert.ToHexStringLower(attribute.ReadEncodedValue().Span)}");
        }

        return string.Join('+', texts);
    }

    /// <summary>The value where it is a string; otherwise null, and nothing is read.</summary>
    private static string? StringOf(AsnReader attribute)
    {
        var tag = attribute.PeekTag();
        return tag.TagClass == TagClass.Universal && (UniversalTagNumber)tag.TagValue
            is UniversalTagNumber.PrintableString or UniversalTagNumber.UTF8String or UniversalTagNumber.IA5String
            or UniversalTagNumber.T61String or UniversalTagNumber.BMPString
                ? attribute.ReadCharacterString((UniversalTagNumber)tag.TagValue)
                : null;
    }

    private static string Escape(string value)
    {
        var (first, last) = (value.Length - value.TrimStart(' ').Length, value.TrimEnd(' ').Length);
        var text = new StringBuilder(value.Length + 4);
        for (var i = 0; i < value.Length; i++)
        {
            var isOuterBlank = i < first || i >= last;
            if (value[i] == '\0')
            {
                text.Append("\\00");
                continue;
            }

            text.Append(isOuterBlank || Escaped.Contains(value[i]) ? "\\" : "").Append(value[i]);
        }

        return text.ToString();
    }
}
