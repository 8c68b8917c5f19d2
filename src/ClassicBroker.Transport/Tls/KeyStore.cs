using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// What a key store or trust store file holds: at most one private key with its certificate chain, and certificates to trust.
/// Read from PKCS12, PEM and Java's JKS; the first bytes tell PKCS12 and JKS apart, as Java itself accepts either under both names.
/// Immutable.
/// </summary>
public sealed class KeyStore
{
    private const uint JksMagic = 0xFEEDFEED;

    /// <summary>What protects nothing need not take time.</summary>
    private static readonly PbeParameters InMemoryOnly = new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1);

    /// <summary>Java bounds the rounds of one key and of the seal; all keys of a store together may take twice that.</summary>
    private static readonly Pkcs12LoaderLimits Limits = new(Pkcs12LoaderLimits.Defaults)
    {
        IndividualKdfIterationLimit = EncryptedKey.RoundsMax,
        MacIterationLimit = EncryptedKey.RoundsMax,
        TotalKdfIterationLimit = 2 * EncryptedKey.RoundsMax,
    };

    private static readonly string[] Sha1Signatures = ["1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1"];

    internal KeyStore(
        X509Certificate2? keyCertificate,
        X509Certificate2Collection chain,
        X509Certificate2Collection trusted,
        params IReadOnlyList<string> aliases)
    {
        Aliases = aliases;
        KeyCertificate = keyCertificate;
        Chain = chain;
        Trusted = trusted;
    }

    /// <summary>The certificate whose private key the store holds, or null in a trust store.</summary>
    public X509Certificate2? KeyCertificate { get; }

    /// <summary>The names of the private keys in the store; none in PEM, which has no names.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The issuers of <see cref="KeyCertificate"/>, to be sent along with it.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>
    /// A certificate of the chain that the platform shows to no peer, for its signature is of SHA-1; null where there is none. The
    /// signature of one that signed itself is never looked at.
    /// </summary>
    public X509Certificate2? SignedWithSha1 =>
        (KeyCertificate is null ? Chain : new(Chain) { KeyCertificate }).FirstOrDefault(
            certificate => certificate.Subject != certificate.Issuer && Sha1Signatures.Contains(certificate.SignatureAlgorithm.Value));

    /// <summary>Certificates to trust.</summary>
    public X509Certificate2Collection Trusted { get; }

    /// <summary>Reads a store in PKCS12 or JKS.</summary>
    /// <exception cref="CryptographicException">The content or a password is wrong.</exception>
    public static KeyStore Parse(ReadOnlySpan<byte> content, string? storePassword, string? keyPassword)
    {
        try
        {
            return content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(content) == JksMagic
                ? JksFile.Parse(content, storePassword, keyPassword ?? storePassword)
                : ParsePkcs12(content, storePassword);
        }
        catch (Exception unusable) when (IsOfContent(unusable))
        {
            throw new CryptographicException(unusable.Message, unusable);
        }
    }

    /// <summary>Reads certificates, and a private key where there is one, from PEM text (KIP-651).</summary>
    /// <exception cref="CryptographicException">The content or the password is wrong.</exception>
    public static KeyStore ParsePem(string text, string? keyPassword)
    {
        try
        {
            return ParsePemText(text, keyPassword);
        }
        catch (Exception unusable) when (IsOfContent(unusable))
        {
            throw new CryptographicException(unusable.Message, unusable);
        }
    }

    private static KeyStore ParsePemText(string text, string? keyPassword)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(text);
        if (!text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return new(null, [], certificates);
        }

        EncryptedKey.RequireFewRounds(text);
        var own = text.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal)
            ? X509Certificate2.CreateFromEncryptedPem(
                text, text, keyPassword ?? throw new CryptographicException("Its private key needs a password."))
            : X509Certificate2.CreateFromPem(text, text);
        return new(WithUsableKey(own), Issuers(certificates, own), []);
    }

    /// <summary>
    /// The certificate with its key as the platform's TLS takes it: Windows takes no key that was only read into memory.
    /// </summary>
    internal static X509Certificate2 WithUsableKey(X509Certificate2 certificate) =>
        OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(certificate.ExportPkcs12(InMemoryOnly, null), null)
            : certificate;

    /// <summary>What the platform throws beside its usual exception, of what it cannot use, such as keys on unknown curves.</summary>
    private static bool IsOfContent(Exception exception) =>
        exception is NotSupportedException or ArgumentException or AsnContentException or MalformedDataException;

    private static KeyStore ParsePkcs12(ReadOnlySpan<byte> content, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(content, password, loaderLimits: Limits);
        return all.FirstOrDefault(certificate => certificate.HasPrivateKey) is { } key
            ? new(key, Issuers(all, key), [], Pkcs12Aliases.Find(content.ToArray()))
            : new(null, [], all);
    }

    private static X509Certificate2Collection Issuers(X509Certificate2Collection all, X509Certificate2 key) =>
        new(all.Where(certificate => certificate.Thumbprint != key.Thumbprint).ToArray());
}
