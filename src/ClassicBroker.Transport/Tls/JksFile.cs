using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Java's own key store format, which Kafka names as the default type:
/// <code>
/// magic    uint32  0xFEEDFEED
/// version  int32   2 (in 1 certificates have no type)
/// count    int32
/// entries: tag int32 (1 key, 2 certificate), alias UTF, date int64, then
///   key:         length int32, EncryptedPrivateKeyInfo; chain count int32, certificates
///   certificate: type UTF, length int32, DER
/// digest   20      SHA-1 of password (UTF-16), "Mighty Aphrodite" and all bytes before
/// </code>
/// A private key is exclusive-ored with a chain of SHA-1 digests: salt 20, key, check 20.
/// </summary>
internal static class JksFile
{
    private const int Version = 2;
    private const int KeyTag = 1;
    private const int CertificateTag = 2;
    private const int DigestBytes = 20;
    private const string Whitener = "Mighty Aphrodite";

    /// <exception cref="CryptographicException">The content or a password is wrong; its parts say so in their own exceptions.</exception>
    public static KeyStore Parse(ReadOnlySpan<byte> content, string? storePassword, string? keyPassword)
    {
        if (content.Length < 12 + DigestBytes)
        {
            throw new CryptographicException("The JKS key store is cut short.");
        }

        if (storePassword is not null)
        {
            VerifyDigest(content, storePassword);
        }

        return ParseEntries(new SpanReader(content[4..^DigestBytes]), keyPassword);
    }

    private static KeyStore ParseEntries(SpanReader reader, string? keyPassword)
    {
        var version = reader.ReadInt32();
        X509Certificate2? key = null;
        string[] aliases = [];
        X509Certificate2Collection chain = [], trusted = [];
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var tag = reader.ReadInt32();
            var alias = Utf(ref reader);
            reader.ReadInt64();
            if (tag == KeyTag)
            {
                var sealedKey = reader.Take(reader.ReadInt32());
                var certificates = new X509Certificate2[Bounded(ref reader)];
                for (var i = 0; i < certificates.Length; i++)
                {
                    certificates[i] = Certificate(ref reader, version);
                }

                if (key is null && certificates.Length > 0)
                {
                    key = WithKey(certificates[0], Unseal(sealedKey, keyPassword));
                    chain = new(certificates[1..]);
                    aliases = [alias];
                }
            }
            else if (tag == CertificateTag)
            {
                trusted.Add(Certificate(ref reader, version));
            }
            else
            {
                throw new CryptographicException($"The JKS key store holds an entry of unknown kind {tag}.");
            }
        }

        return new(key, chain, trusted, aliases);
    }

    private static int Bounded(ref SpanReader reader)
    {
        var count = reader.ReadInt32();
        return count >= 0 && count <= reader.Remaining ? count : throw new MalformedDataException($"{count} certificates announced");
    }

    private static X509Certificate2 Certificate(ref SpanReader reader, int version)
    {
        if (version == Version)
        {
            Utf(ref reader);
        }

        return X509CertificateLoader.LoadCertificate(reader.Take(reader.ReadInt32()));
    }

    private static string Utf(ref SpanReader reader) => Encoding.UTF8.GetString(reader.Take((ushort)reader.ReadInt16()));

    private static void VerifyDigest(ReadOnlySpan<byte> content, string password)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        digest.AppendData(Encoding.BigEndianUnicode.GetBytes(password));
        digest.AppendData(Encoding.ASCII.GetBytes(Whitener));
        digest.AppendData(content[..^DigestBytes]);
        if (!CryptographicOperations.FixedTimeEquals(digest.GetHashAndReset(), content[^DigestBytes..]))
        {
            throw new CryptographicException("The JKS key store was tampered with, or its password is wrong.");
        }
    }

    /// <summary>Undoes Sun's key protection and returns the PKCS8 key.</summary>
    private static byte[] Unseal(ReadOnlySpan<byte> encryptedPrivateKeyInfo, string? password)
    {
        var info = new AsnReader(encryptedPrivateKeyInfo.ToArray(), AsnEncodingRules.DER).ReadSequence();
        info.ReadSequence();
        ReadOnlySpan<byte> sealedKey = info.ReadOctetString();
        if (sealedKey.Length < 2 * DigestBytes || password is null)
        {
            throw new CryptographicException(
                password is null ? "The JKS key store's key needs a password." : "The JKS key store's key is cut short.");
        }

        var secret = Encoding.BigEndianUnicode.GetBytes(password);
        var link = sealedKey[..DigestBytes].ToArray();
        var body = sealedKey[DigestBytes..^DigestBytes];
        var key = new byte[body.Length];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        for (var i = 0; i < body.Length; i++)
        {
            if (i % DigestBytes == 0)
            {
                digest.AppendData(secret);
                digest.AppendData(link);
                link = digest.GetHashAndReset();
            }

            key[i] = (byte)(body[i] ^ link[i % DigestBytes]);
        }

        digest.AppendData(secret);
        digest.AppendData(key);
        return CryptographicOperations.FixedTimeEquals(digest.GetHashAndReset(), sealedKey[^DigestBytes..])
            ? key
            : throw new CryptographicException("The password of the JKS key store's key is wrong.");
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, byte[] pkcs8)
    {
        using var publicKey = certificate.GetRSAPublicKey();
        if (publicKey is not null)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return KeyStore.WithUsableKey(certificate.CopyWithPrivateKey(rsa));
        }

        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
        return KeyStore.WithUsableKey(certificate.CopyWithPrivateKey(ecdsa));
    }
}
