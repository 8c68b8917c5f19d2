using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// Where a key store or trust store is to be found: in a file, or as PEM in the settings themselves (KIP-651). Immutable.
/// </summary>
public sealed record TlsStore
{
    private const string Hidden = "[hidden]";
    private const string Pem = "PEM";

    /// <summary><c>ssl.keystore</c> or <c>ssl.truststore</c>.</summary>
    public required string KeyPrefix { get; init; }

    /// <summary>JKS, PKCS12 or PEM; either of the first two stands for both, as with Java.</summary>
    public string Type { get; init; } = "JKS";

    public string? Location { get; init; }

    public string? Password { get; init; }

    /// <summary><c>ssl.key.password</c>, of a key store.</summary>
    public string? KeyPassword { get; init; }

    /// <summary><c>ssl.keystore.key</c>.</summary>
    public string? PemKey { get; init; }

    /// <summary><c>ssl.keystore.certificate.chain</c> or <c>ssl.truststore.certificates</c>.</summary>
    public string? PemCertificates { get; init; }

    public bool IsGiven => Location is not null || PemKey is not null || PemCertificates is not null;

    private bool IsPem => Type.Equals(Pem, StringComparison.OrdinalIgnoreCase);

    private bool IsTrustStore => KeyPrefix == TlsSettings.TrustStorePrefix;

    private string PemCertificatesKey => IsTrustStore ? $"{KeyPrefix}.certificates" : $"{KeyPrefix}.certificate.chain";

    /// <summary>Where it is, without passwords and keys.</summary>
    public override string ToString() => $"{KeyPrefix}({Type}, {Location ?? (IsGiven ? "inline" : "none")})";

    /// <summary>The store read; null where none is given.</summary>
    /// <exception cref="TlsSettingException">It cannot be read; the sentence names the key and the file.</exception>
    public KeyStore? Load(IFileSystem files)
    {
        if (!IsGiven)
        {
            return null;
        }

        var store = Location is null ? ParseInline() : ParseFile(files, Location);
        var isEmpty = IsTrustStore ? store.Trusted.Count == 0 && store.KeyCertificate is null : store.KeyCertificate is null;
        if (!IsTrustStore && store.SignedWithSha1 is { } weak)
        {
            throw Unusable(
                $"its certificate {weak.Subject}{Named(store.Aliases)} is signed with SHA-1, which fails every handshake; "
                + "have it signed with SHA-256");
        }

        return isEmpty ? throw Unusable(IsTrustStore ? "it holds no certificate" : "it holds no private key with a certificate") : store;
    }

    /// <summary>Finds contradictions between the settings, in the order in which Kafka looks for them.</summary>
    /// <exception cref="TlsSettingException">There is one.</exception>
    internal void Check()
    {
        Require(
            IsPem || Type.Equals("JKS", StringComparison.OrdinalIgnoreCase) || Type.Equals("PKCS12", StringComparison.OrdinalIgnoreCase),
            "type",
            Type,
            "this build reads stores of type JKS, PKCS12 and PEM");
        if (PemKey is not null || PemCertificates is not null)
        {
            Require(IsPem, "type", Type, "keys and certificates written into the configuration need type PEM");
            Require(Location is null, "location", Location, "a file and keys or certificates in the configuration exclude each other");
            Require(IsTrustStore || PemKey is not null, "certificate.chain", Hidden, $"{KeyPrefix}.key is missing beside it");
            Require(IsTrustStore || PemCertificates is not null, "key", Hidden, $"{KeyPrefix}.certificate.chain is missing beside it");
        }

        Require(Password is null || IsGiven, "password", Hidden, $"{KeyPrefix}.location is missing beside it");
        Require(
            Password is null || !IsPem,
            "password",
            Hidden,
            IsTrustStore ? "PEM has no password" : "PEM has no password but that of the key, ssl.key.password");
        Require(
            IsTrustStore || Location is null || IsPem || Password is not null,
            "location",
            Location,
            $"{KeyPrefix}.password is missing beside it");
    }

    private static string Named(IReadOnlyList<string> aliases) =>
        aliases.Count switch
        {
            0 => "",
            1 => $" of alias {aliases[0]}",
            _ => $" of one of the aliases {string.Join(", ", aliases)}",
        };

    private KeyStore ParseInline()
    {
        try
        {
            return KeyStore.ParsePem($"{PemCertificates}\n{PemKey}", KeyPassword);
        }
        catch (CryptographicException unusable)
        {
            throw Unusable(unusable.Message, unusable);
        }
    }

    private KeyStore ParseFile(IFileSystem files, string location)
    {
        try
        {
            var content = files.ReadAllBytes(location);
            return IsPem
                ? KeyStore.ParsePem(Encoding.UTF8.GetString(content), KeyPassword)
                : KeyStore.Parse(content, Password, KeyPassword);
        }
        catch (StorageException unreadable)
        {
            throw Unusable(unreadable.Message, unreadable);
        }
        catch (CryptographicException unusable)
        {
            throw Unusable($"it is no store of type {Type}, or its password is wrong ({unusable.Message})", unusable);
        }
    }

    private TlsSettingException Unusable(string reason, Exception? inner = null)
    {
        var (key, value) = Location is not null ? ($"{KeyPrefix}.location", Location)
            : PemKey is not null ? ($"{KeyPrefix}.key", Hidden)
            : (PemCertificatesKey, Hidden);
        return new(key, value, reason, inner);
    }

    private void Require(bool holds, string key, string? value, string reason)
    {
        if (!holds)
        {
            throw new TlsSettingException($"{KeyPrefix}.{key}", value, reason);
        }
    }
}
