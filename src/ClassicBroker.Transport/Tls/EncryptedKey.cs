using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ClassicBroker.Transport;

/// <summary>
/// Looks at a private key under a password before the platform derives the key to it, for that takes as many rounds as the file says
/// (RFC 5958, RFC 8018):
/// <code>
/// EncryptedPrivateKeyInfo  SEQUENCE { algorithm, OCTET STRING }
/// algorithm                SEQUENCE { OBJECT IDENTIFIER, parameters }
/// parameters  of PBES1     SEQUENCE { salt OCTET STRING, rounds INTEGER }
///             of PBES2     SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, SEQUENCE { salt, rounds, … } }, cipher }
/// </code>
/// PKCS12 needs no such look: the platform bounds the rounds of a store itself, where it is told to. Stateless.
/// </summary>
internal static class EncryptedKey
{
    /// <summary>What Java takes of a PKCS12 store at most. Tools write 2,048 to 600,000.</summary>
    public const int RoundsMax = 5_000_000;

    private const string Label = "ENCRYPTED PRIVATE KEY";

    /// <exception cref="CryptographicException">A key of the text asks for more rounds than anyone needs.</exception>
    public static void RequireFewRounds(ReadOnlySpan<char> pem)
    {
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label].SequenceEqual(Label))
            {
                var key = new byte[fields.DecodedDataLength];
                Convert.TryFromBase64Chars(pem[fields.Base64Data], key, out _);
                RequireFewRounds(key);
            }

            pem = pem[fields.Location.End..];
        }
    }

    private static void RequireFewRounds(byte[] key)
    {
        var algorithm = new AsnReader(key, AsnEncodingRules.BER).ReadSequence().ReadSequence();
        algorithm.ReadObjectIdentifier();
        var parameters = algorithm.ReadSequence();
        if (parameters.PeekTag() == Asn1Tag.Sequence)
        {
            var derivation = parameters.ReadSequence();
            derivation.ReadObjectIdentifier();
            parameters = derivation.ReadSequence();
        }

        parameters.ReadOctetString();
        if (!parameters.TryReadInt32(out var rounds) || rounds > RoundsMax)
        {
            throw new CryptographicException($"The private key asks for more than {RoundsMax} rounds to make the key to it of the password.");
        }
    }
}
